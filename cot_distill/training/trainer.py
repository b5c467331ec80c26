"""TRL's trainer, extended through its hooks by packed batches, logits only at trained positions, and float32
masters."""

import contextlib
import functools
import math
import types
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch.nn.functional import cross_entropy
from transformers import TrainerControl
from trl import SFTTrainer

from cot_distill.errors import UserError
from cot_distill.training.adapter import base_model
from cot_distill.training.attention import PACKED
from cot_distill.training.compiling import uncompile_layers
from cot_distill.training.layout import lay_out
from cot_distill.training.loss import next_token_losses
from cot_distill.training.masters import MasterAdamW
from cot_distill.training.order import Order
from cot_distill.training.packing import IGNORED, Row, pack
from cot_distill.training.portions import Portioned, portions


class StudentTrainer(SFTTrainer):
    """`SFTTrainer` on rows of token ids and labels. `names` are the rows' names in messages."""

    def __init__(
        self,
        *,
        names: Sequence[str],
        masters: bool,
        packed: bool,
        compiled: bool,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        # Whatever arguments the model's forward takes, the loss is the mean over a step's tokens, not over
        # micro-batches.
        self.model_accepts_loss_kwargs = True
        self._names, self._masters, self._compiled = names, masters, compiled
        self.packed = packed
        """Whether batches are packed; otherwise they are padded."""
        self.whole_logits = False
        """Whether a padded batch's loss comes from the model's own code, with the logits of all positions."""
        self._lengths = [len(ids) for ids in self.train_dataset["input_ids"]]
        self._unchecked: list[_MicroBatch] = []
        self.tokens = 0
        """The number of tokens that this process has trained on so far, prompts included."""
        if packed:
            self._read_packed()
        else:
            self.data_collator: Any = _Remembering(self.data_collator)
        self._collator = self.data_collator
        self._tokens_at_a_time: int | None = None

    def work_on(self, tokens: int) -> None:
        """Have this device work on at most so many tokens at a time, or on one longer row."""
        self._tokens_at_a_time = tokens
        self.data_collator = Portioned(self._collator, tokens, padded=not self.packed)

    def divided(self, rows: Sequence[Row]) -> list[Sequence[Row]]:
        """Some examples as this device works on them: so many, or so many tokens, at a time."""
        if self._tokens_at_a_time is not None:
            return [*portions(rows, self._tokens_at_a_time, padded=not self.packed)]
        together = self.args.per_device_train_batch_size
        return [rows[start : start + together] for start in range(0, len(rows), together)]

    def _read_packed(self) -> None:
        base = base_model(self.model)
        base.forward = types.MethodType(functools.partial(packed_forward, compiled=self._compiled), base)

    def uncompile(self) -> None:
        """Have nothing compiled, neither the layers nor small steps of training."""
        self._compiled = False
        uncompile_layers(self.model)
        if self.packed:
            self._read_packed()

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Any:
        """The loss of a micro-batch, or of all its portions, whose gradients add up. Processes exchange gradients at
        the last one."""
        *others, last = inputs.get("portions", [inputs])
        with self.accelerator.no_sync(model) if others else contextlib.nullcontext():
            losses = [super(StudentTrainer, self).training_step(model, one, num_items_in_batch) for one in others]
        loss = sum(losses) + super().training_step(model, last, num_items_in_batch)
        if self.accelerator.sync_gradients:  # once a step, since reading a loss waits for the GPU
            self._check_losses()
        return loss

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The mean loss of a step's trained tokens."""
        rows = inputs.pop("rows")
        self.tokens += sum(self._lengths[row] for row in rows)
        total, each = self._losses(model, inputs)
        # Gradients are averaged over processes, each of which divides by the tokens of all.
        loss = total / num_items_in_batch * self.accelerator.num_processes
        self._unchecked.append(_MicroBatch(loss.detach(), rows, inputs, each.detach()))
        return (loss, None) if return_outputs else loss

    def _losses(self, model: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """The summed loss of a batch, and of packed rows that of each trained token, else of each token, 0 where it is
        not trained. TRL's own loss would wait for the other processes, which may take other numbers of micro-batches,
        and for the GPU."""
        if self.packed:
            found: tuple[Any, Any] = model(**batch)
            return found
        if self.whole_logits:
            read = {name: value for name, value in batch.items() if name != "labels"}
            logits = model(**read, use_cache=False).logits[:, :-1].float()
            each = cross_entropy(logits.transpose(1, 2), batch["labels"][:, 1:], ignore_index=IGNORED, reduction="none")
        else:
            each = -model(**batch, use_cache=False, fused_lm_head=True).log_probs
        return each.sum(), each

    def _check_losses(self) -> None:
        """Raise UserError if a loss of this step is NaN or infinite, before its gradients change a weight."""
        taken, self._unchecked = self._unchecked, []
        if bool(torch.stack([one.loss for one in taken]).isfinite().all()):
            return
        for one in taken:
            if not math.isfinite(one.loss.item()):
                names = [self._names[row] for row in (one.guilty() if self.packed else one.rows)]
                raise UserError(
                    f"training: the loss is {one.loss.item()} at step {self.state.global_step + 1}, "
                    f"{_few(names)}; look at it with `cot-distill preview --problem ID`, or lower "
                    "training.learning_rate"
                )

    def losses(self, rows: Sequence[Row]) -> Any:
        """The loss of each trained token of some examples (trained,), in nats, as training computes it."""
        batch = self._prepare_inputs(self._collator(rows))
        batch.pop("rows")
        total, each = self._losses(self.model, batch)
        if self.packed:
            # The losses of tokens have no gradients of their own.
            return each + (total - total.detach()) / len(each)
        return each[batch["labels"][:, 1:] != IGNORED]

    def _get_train_sampler(self, train_dataset: Any = None) -> Order:
        together = self.args.per_device_train_batch_size * self.args.world_size
        return Order(
            self._lengths[: len(self._names)],
            batch_size=together * self.args.gradient_accumulation_steps,
            together=together if self.args.world_size > 1 else 1,
            seed=self.args.seed,
            by_length=not self.packed,
            epoch=lambda: int(self.state.epoch or 0),
        )

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Load a checkpoint and keep the weights' types. PEFT would turn an adapter's weights into float32, and a
        continued run would end in other weights than one that never stopped."""
        types = {name: weight.dtype for name, weight in self.model.named_parameters()}
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        for name, weight in self.model.named_parameters():
            weight.data = weight.data.to(types[name])

    def keep(self) -> None:
        """Write a checkpoint and mark it as complete."""
        self._save_checkpoint(self.model, trial=None)
        self.callback_handler.on_save(self.args, self.state, TrainerControl())

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Returns 0. Nothing uses the count, and counting would go through all parameters at every step."""
        return 0

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW, with masters if the weights are in bfloat16."""
        if self.optimizer is None and self._masters:
            self.optimizer_cls_and_kwargs = (
                MasterAdamW,
                {
                    "lr": self.args.learning_rate,
                    "betas": (0.9, 0.999),
                    "eps": 1e-8,
                    "compiled": self._compiled,
                },
            )
        return super().create_optimizer(model)

    def _clip_grad_norm(self, model: Any) -> Any:
        """The optimiser of masters clips gradients itself, without another pass over all of them."""
        if self._masters:
            return self.optimizer.optimizer.clip(self.args.max_grad_norm)
        return super()._clip_grad_norm(model)


def collate(rows: Sequence[Row]) -> dict[str, Any]:
    """A packed batch. The common prefix is shared if our own attention reads it."""
    return pack(rows, share=not torch.cuda.is_available())


class _Remembering:
    """A collator that also gives the indices of a batch's examples."""

    def __init__(self, collator: Any) -> None:
        self._collator = collator

    def __call__(self, rows: Sequence[Row]) -> dict[str, Any]:
        batch = dict(self._collator([{name: row[name] for name in ("input_ids", "labels")} for row in rows]))
        batch["rows"] = [row["row"] for row in rows]
        return batch


def packed_forward(
    self: Any,
    input_ids: Any,
    shift_labels: Any,
    position_ids: Any,
    trained: Any,
    bounds: list[int],
    ends: Any,
    compiled: bool,
    **_: Any,
) -> tuple[Any, Any]:
    """Replaces a causal language model's forward. Returns the summed loss of the trained tokens, and that of each."""
    context: dict[str, Any]
    if self.config._attn_implementation == PACKED:
        context = {"layout": lay_out(tuple(bounds), *_heads(self.config.get_text_config()))}
    else:
        context = {"ends": ends, "longest": max(end - start for start, end in pairwise(bounds))}
    hidden = self.get_decoder()(
        input_ids=input_ids, position_ids=position_ids, use_cache=False, **context
    ).last_hidden_state[0]
    return next_token_losses(hidden[trained], self.get_output_embeddings().weight, shift_labels[0, trained], compiled)


def _heads(config: Any) -> tuple[int, int]:
    """The number of a layer's heads, and of its heads of keys and values."""
    return config.num_attention_heads, getattr(config, "num_key_value_heads", None) or config.num_attention_heads


class _MicroBatch(NamedTuple):
    """A micro-batch since the last step whose loss was not checked yet."""

    loss: Any
    rows: list[int]
    inputs: dict[str, Any]
    each: Any
    """The loss of each trained token of packed rows."""

    def guilty(self) -> list[int]:
        """The examples of a packed batch whose loss is NaN or infinite."""
        ends = self.inputs["bounds"][1:]
        bad = self.inputs["trained"][~self.each.isfinite()].tolist()
        places = sorted({next(number for number, end in enumerate(ends) if place < end) for place in bad})
        return [self.rows[place] for place in places]


def _few(names: Sequence[str]) -> str:
    told = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return f"example{'s' if len(names) > 1 else ''} {told}"
