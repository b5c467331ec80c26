"""Data in the shapes that people have, in our own words, each with the plain rows that it must be read as."""

import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]

CHOICES = [
    {"question": "Ice is", "choices": ["hot", "cold", "loud"], "answer": "B"},
    {"question": "Fire is", "choices": ["hot", "cold", "loud"], "answer": "A"},
    {"question": "Thunder is", "choices": ["hot", "cold", "loud"], "answer": "C"},
]
"""What most shapes with choices are read as."""
NUMBERS = [{"question": "How many legs have 3 cats?", "answer": 12}, {"question": "And 2,000 ants?", "answer": 12000}]
_ALL = list(enumerate(CHOICES))
_PLACE = {"A": 0, "B": 1, "C": 2}


def _choices(make: Callable[[str, list[str], int], dict[str, Any]]) -> Rows:
    """The rows of CHOICES in another shape, of question, choices and the place of the right one."""
    return [make(row["question"], row["choices"], _PLACE[row["answer"]]) for row in CHOICES]


SHAPES: dict[str, tuple[Rows, Rows]] = {
    "ARC, OpenBookQA, CommonsenseQA on the hub": (
        _choices(lambda q, c, n: {"id": q, "question": q, "choices": {"text": c, "label": ["A", "B", "C"]}, "answerKey": "ABC"[n]}),
        CHOICES,
    ),
    "ARC's rows with numbers for labels": (
        _choices(lambda q, c, n: {"question": q, "choices": {"text": c, "label": ["1", "2", "3"]}, "answerKey": "123"[n]}),
        CHOICES,
    ),
    "labels in another order": (
        _choices(lambda q, c, n: {"question": q, "choices": {"text": c, "label": ["C", "A", "B"]}, "answerKey": "CAB"[n]}),
        CHOICES,
    ),
    "the official layout": (
        _choices(lambda q, c, n: {"question": {"stem": q, "choices": [{"text": t, "label": "ABC"[i]} for i, t in enumerate(c)]}, "answerKey": "ABC"[n]}),
        CHOICES,
    ),
    "MMLU": (_choices(lambda q, c, n: {"question": q, "subject": "physics", "choices": c, "answer": n}), CHOICES),
    "counted from 1": (_choices(lambda q, c, n: {"question": q, "options": c, "answer": n + 1}), CHOICES),
    "counted, as text": (_choices(lambda q, c, n: {"ctx": q, "endings": c, "label": str(n)}), CHOICES),
    "MedMCQA": (_choices(lambda q, c, n: {"question": q, "opa": c[0], "opb": c[1], "opc": c[2], "cop": n, "subject_name": "x"}), CHOICES),
    "columns by letter": (_choices(lambda q, c, n: {"question": q, "A": c[0], "B": c[1], "C": c[2], "answer": "ABC"[n]}), CHOICES),
    "columns by number": (_choices(lambda q, c, n: {"question": q, "Option 1": c[0], "Option 2": c[1], "Option 3": c[2], "Correct Answer": c[n]}), CHOICES),
    "the name of a column": (_choices(lambda q, c, n: {"question": q, "option_a": c[0], "option_b": c[1], "option_c": c[2], "answer": f"option_{'abc'[n]}"}), CHOICES),
    "an object of letters": (_choices(lambda q, c, n: {"question": q, "options": dict(zip("ABC", c, strict=True)), "answer": c[n], "answer_idx": "ABC"[n]}), CHOICES),
    "objects of key and value": (_choices(lambda q, c, n: {"question": q, "options": [{"key": "ABC"[i], "value": t} for i, t in enumerate(c)], "answer": "ABC"[n]}), CHOICES),
    "texts with their letters": (_choices(lambda q, c, n: {"question": q, "options": [f"({'ABC'[i]}) {t}" for i, t in enumerate(c)], "correct": f"({'ABC'[n]})"}), CHOICES),
    "letters, the answer whole": (_choices(lambda q, c, n: {"question": q, "options": [f"{'ABC'[i]}. {t}" for i, t in enumerate(c)], "answer": f"{'ABC'[n]}. {c[n]}"}), CHOICES),
    "one text that lists them": (_choices(lambda q, c, n: {"Problem": q, "options": f"a ) {c[0]} , b ) {c[1]} , c ) {c[2]}", "correct": "abc"[n]}), CHOICES),
    "the question lists them too": (_choices(lambda q, c, n: {"question": f"{q}\n(A) {c[0]}\n(B) {c[1]}\n(C) {c[2]}", "choices": c, "answer": "ABC"[n]}), CHOICES),
    "as Python prints them": (_choices(lambda q, c, n: {"question": q, "choices": repr(c), "answer": c[n]}), CHOICES),
    "flags": (_choices(lambda q, c, n: {"question": q, "mc1_targets": {"choices": c, "labels": [int(i == n) for i in range(3)]}}), CHOICES),
    "a solution that ends in a letter": (_choices(lambda q, c, n: {"question": q, "choices": c, "answer": f"It is known to be {c[n]}. The answer is ({'ABC'[n]})."}), CHOICES),
    "several are right": (
        [{"question": "Which are even?", "choices": ["2", "3", "4", "6"], "answer": "A, C, D"}, {"question": "Which is odd?", "choices": ["2", "3", "4", "6"], "answer": "B"}],
        [{"question": "Which are even?", "choices": ["2", "3", "4", "6"], "answer": ["A", "C", "D"]}, {"question": "Which is odd?", "choices": ["2", "3", "4", "6"], "answer": ["B"]}],
    ),
    "several, run together": (
        [{"question": "Which are warm?", "choices": ["sun", "ice", "fire"], "answer": "AC"}, {"question": "Which is cold?", "choices": ["sun", "ice", "fire"], "answer": "B"}],
        [{"question": "Which are warm?", "choices": ["sun", "ice", "fire"], "answer": ["sun", "fire"]}, {"question": "Which is cold?", "choices": ["sun", "ice", "fire"], "answer": ["ice"]}],
    ),
    "BoolQ": (
        [{"question": "is it wet", "passage": "It rains.", "answer": True}, {"question": "is it dry", "passage": "It rains.", "answer": False}],
        [{"question": "It rains.\n\nis it wet", "answer": "yes"}, {"question": "It rains.\n\nis it dry", "answer": "no"}],
    ),
    "SQuAD": (
        [{"context": "Ann is in Rome.", "question": "Who?", "answers": {"text": ["Ann", "Ann Lee"], "answer_start": [0, 0]}}, {"context": "Ann is in Rome.", "question": "Where?", "answers": {"text": ["Rome"], "answer_start": [10]}}],
        [{"question": "Ann is in Rome.\n\nWho?", "answer": ["Ann", "Ann Lee"]}, {"question": "Ann is in Rome.\n\nWhere?", "answer": ["Rome"]}],
    ),
    "DROP": (
        [{"passage": "2 of 3 left.", "question": "How many left?", "answers_spans": {"spans": ["2"], "types": ["number"]}}, {"passage": "Ann left.", "question": "Who left?", "answers_spans": {"spans": ["Ann", "Ann Lee"], "types": ["span", "span"]}}],
        [{"question": "2 of 3 left.\n\nHow many left?", "answer": ["2"]}, {"question": "Ann left.\n\nWho left?", "answer": ["Ann", "Ann Lee"]}],
    ),
    "GSM8K": ([{"question": row["question"], "answer": f"They have so many.\n#### {row['answer']:,}"} for row in NUMBERS], NUMBERS),
    "a box": ([{"problem": row["question"], "solution": f"They have $\\boxed{{{row['answer']}}}$ of them."} for row in NUMBERS], NUMBERS),
    "MATH-500": ([{"problem": row["question"], "solution": f"It is \\boxed{{{row['answer']}}}.", "answer": str(row["answer"])} for row in NUMBERS], NUMBERS),
    "Alpaca": ([{"instruction": row["question"], "input": "", "output": f"Count them. The answer is {row['answer']}."} for row in NUMBERS], NUMBERS),
    "ShareGPT": (
        [{"id": "1", "conversations": [{"from": "system", "value": "Be kind."}, {"from": "human", "value": row["question"]}, {"from": "gpt", "value": f"Count. The answer is {row['answer']}."}]} for row in NUMBERS],
        NUMBERS,
    ),
    "messages of several turns": (
        [{"messages": [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": row["question"]}, {"role": "assistant", "content": f"Count.\n#### {row['answer']}"}]} for row in NUMBERS],
        NUMBERS,
    ),
    "messages in parts, an answer beside": (
        [{"messages": [{"role": "user", "content": [{"type": "text", "text": row["question"]}]}, {"role": "assistant", "content": [{"type": "text", "text": "Count them."}]}], "answer": row["answer"]} for row in NUMBERS],
        NUMBERS,
    ),
    "an answer of an object, nothing else told": (
        _choices(lambda q, c, n: {"input": {"question": q, "options": [{"id": "ABC"[i], "text": t} for i, t in enumerate(c)]}, "output": {"answer": "ABC"[n]}}),
        CHOICES,
    ),
    "choices that are marked right": (_choices(lambda q, c, n: {"question": q, "choices": [{"text": t, "is_correct": i == n} for i, t in enumerate(c)]}), CHOICES),
    "BIG-bench": (_choices(lambda q, c, n: {"input": q, "target_scores": {t: int(i == n) for i, t in enumerate(c)}}), CHOICES),
    "labels of another alphabet": (_choices(lambda q, c, n: {"question": q, "choices": dict(zip("АБВ", c, strict=True)), "answer": "АБВ"[n]}), CHOICES),
    "letters of full width": (_choices(lambda q, c, n: {"question": q, "choices": c, "answer": "ＡＢＣ"[n]}), CHOICES),
    "digits of full width": ([{"question": row["question"], "answer": "".join(chr(ord(one) + 0xFEE0) for one in str(row["answer"]))} for row in NUMBERS], NUMBERS),
    "numpy's print": (_choices(lambda q, c, n: {"question": q, "choices": f"['{c[0]}' '{c[1]}'\n '{c[2]}']", "answer": c[n]}), CHOICES),
    "pandas' print of ARC": (
        _choices(lambda q, c, n: {"question": q, "choices": f"{{'text': array({c!r}, dtype=object), 'label': array(['A', 'B', 'C'], dtype=object)}}", "answerKey": "ABC"[n]}),
        CHOICES,
    ),
    "columns in German": (_choices(lambda q, c, n: {"Frage": q, "Antwort A": c[0], "Antwort B": c[1], "Antwort C": c[2], "Richtig": "ABC"[n]}), CHOICES),
    "a quiz of numbers, several right": (
        [{"Question": "Which are warm?", "Answer 1": "sun", "Answer 2": "ice", "Answer 3": "fire", "Correct answer(s)": "1,3"}, {"Question": "Which is cold?", "Answer 1": "sun", "Answer 2": "ice", "Answer 3": "fire", "Correct answer(s)": "2"}],
        [{"question": "Which are warm?", "choices": ["sun", "ice", "fire"], "answer": ["A", "C"]}, {"question": "Which is cold?", "choices": ["sun", "ice", "fire"], "answer": ["B"]}],
    ),
    "true and false by letter": (
        [{"question": "It is wet.", "answer": "T"}, {"question": "It is dry.", "answer": "F"}],
        [{"question": "It is wet.", "answer": True}, {"question": "It is dry.", "answer": False}],
    ),
    "decimal commas": (
        [{"question": "How long?", "answer": "3,5"}, {"question": "How dear?", "answer": "1.250,75 €"}, {"question": "How far?", "answer": "1.250"}, {"question": "How many?", "answer": "7"}],
        [{"question": "How long?", "answer": 3.5}, {"question": "How dear?", "answer": 1250.75}, {"question": "How far?", "answer": 1250}, {"question": "How many?", "answer": 7}],
    ),
    "thousands, and no decimal commas": (
        [{"question": "How far?", "answer": "1,250"}, {"question": "How long?", "answer": "2.5"}],
        [{"question": "How far?", "answer": 1250}, {"question": "How long?", "answer": 2.5}],
    ),
    "a prompt of turns, the answer apart": (
        [{"prompt": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": row["question"]}], "reward_model": {"style": "rule", "ground_truth": str(row["answer"])}} for row in NUMBERS],
        NUMBERS,
    ),
    "accepted answers, an object each": (
        [{"question": "Who?", "answers": [{"text": "Ann"}, {"text": "Ann Lee"}]}, {"question": "Where?", "answers": [{"text": "Rome"}]}],
        [{"question": "Who?", "answer": ["Ann", "Ann Lee"]}, {"question": "Where?", "answer": ["Rome"]}],
    ),
    "a narrative before the question": (
        [{"narrative": "It was dark.", "question": "Who did it?", "choices": "['Ann', 'Bob']", "answer_index": 1, "answer_choice": "Bob"}, {"narrative": "It was late.", "question": "Who ran?", "choices": "['Ann', 'Bob']", "answer_index": 0, "answer_choice": "Ann"}],
        [{"question": "It was dark.\n\nWho did it?", "choices": ["Ann", "Bob"], "answer": "B"}, {"question": "It was late.\n\nWho ran?", "choices": ["Ann", "Bob"], "answer": "A"}],
    ),
    "lists that are filled up": (
        [{**row, "choices": [*row["choices"], "", None]} for row in CHOICES],
        CHOICES,
    ),
    "names of one letter and a word": (_choices(lambda q, c, n: {"q_no": 1, "q_text": q, "q_op1": c[0], "q_op2": c[1], "q_op3": c[2], "q_ans": c[n]}), CHOICES),
    "answers of which one is marked": (_choices(lambda q, c, n: {"question": q, "answers": [{"text": t, "correct": i == n} for i, t in enumerate(c)]}), CHOICES),
    "yes and no by letter": (
        [{"question": "Is it wet?", "answer": "y"}, {"question": "Is it dry?", "answer": "n"}],
        [{"question": "Is it wet?", "answer": True}, {"question": "Is it dry?", "answer": False}],
    ),
    "a tool that answers between": (
        [{"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": row["question"]}, {"role": "assistant", "content": None, "tool_calls": [{"name": "add"}]}, {"role": "tool", "content": "0"}, {"role": "assistant", "content": f"Count.\n#### {row['answer']}"}]} for row in NUMBERS],
        NUMBERS,
    ),
    "turns of parts": (
        [{"contents": [{"role": "user", "parts": [{"text": row["question"]}]}, {"role": "model", "parts": [{"text": f"Count.\n#### {row['answer']}"}]}]} for row in NUMBERS],
        NUMBERS,
    ),
    "prompt and completion of turns": (
        [{"prompt": [{"role": "user", "content": row["question"]}], "completion": [{"role": "assistant", "content": f"Count.\n#### {row['answer']}"}]} for row in NUMBERS],
        NUMBERS,
    ),
    "answers of which another column names one": (_choices(lambda q, c, n: {"context": "It rains.", "question": q, "answers": c, "label": n}), [{**row, "question": f"It rains.\n\n{row['question']}"} for row in CHOICES]),
    "Dolly": (
        [{"instruction": "Who?", "context": "Ann is in Rome.", "response": "Ann", "category": "closed_qa"}, {"instruction": "Who is that?", "context": "", "response": "Bob", "category": "open_qa"}],
        [{"question": "Ann is in Rome.\n\nWho?", "answer": "Ann"}, {"question": "Who is that?", "answer": "Bob"}],
    ),
    "DROP's own": (
        [{"passage": "2 of 3 left.", "qa_pairs": [{"question": "How many left?", "answer": {"number": "2", "date": {"day": "", "year": ""}, "spans": []}}]}, {"passage": "Ann left.", "qa_pairs": [{"question": "Who left?", "answer": {"number": "", "date": {"day": "", "year": ""}, "spans": ["Ann"]}}]}],
        [{"question": "2 of 3 left.\n\nHow many left?", "answer": ["2"]}, {"question": "Ann left.\n\nWho left?", "answer": ["Ann"]}],
    ),
    "columns with accents": ([{"Énoncé": row["question"], "Réponse": row["answer"]} for row in NUMBERS], NUMBERS),
    "Q and A": ([{"Q": row["question"], "A": row["answer"]} for row in NUMBERS], NUMBERS),
    "Chinese columns": (_choices(lambda q, c, n: {"问题": q, "选项": c, "答案": "ABC"[n]}), CHOICES),
    "user and assistant": ([{"user": row["question"], "assistant": f"Count.\n#### {row['answer']}"} for row in NUMBERS], NUMBERS),
    "articles of paragraphs of questions": (
        [{"title": "Ann", "paragraphs": [{"context": "Ann is in Rome.", "qas": [{"id": "1", "question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]}, {"id": "2", "question": "Where?", "answers": [{"text": "Rome", "answer_start": 10}]}]}]}, {"title": "Bob", "paragraphs": [{"context": "Bob sings.", "qas": [{"id": "3", "question": "Who?", "answers": [{"text": "Bob", "answer_start": 0}]}]}]}],
        [{"question": "Ann is in Rome.\n\nWho?", "answer": "Ann"}, {"question": "Ann is in Rome.\n\nWhere?", "answer": "Rome"}, {"question": "Bob sings.\n\nWho?", "answer": "Bob"}],
    ),
}  # fmt: skip
"""What is written → the rows as they are, and the plain rows of the same problems."""


def lines(rows: Rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def cells(rows: Rows, delimiter: str = ",") -> str:
    """CSV text of rows without lists."""
    quoted = [[str(value) for value in row.values()] for row in rows]
    table = [list(rows[0]), *quoted]
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in table)


def parquet(rows: Rows, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)


def arrow(rows: Rows, path: Path, stream: bool) -> None:
    import pyarrow as pa

    table = pa.Table.from_pylist(rows)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as file, make(file, table.schema) as writer:
        writer.write_table(table)


def zstd(content: bytes, path: Path) -> None:
    import pyarrow as pa

    with pa.output_stream(str(path), compression="zstd") as file:
        file.write(content)


def _bytes(content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content()) and None


FILES: dict[str, Callable[[Path], Any]] = {
    "a.jsonl": _bytes(lambda: lines(NUMBERS)),
    "a.ndjson": _bytes(lambda: b"\n\n" + lines(NUMBERS)),
    "lines despite the name.json": _bytes(lambda: lines(NUMBERS)),
    "a.json": _bytes(lambda: json.dumps(NUMBERS, indent=2).encode()),
    "data.json": _bytes(lambda: json.dumps({"version": "1", "data": NUMBERS}, indent=1).encode()),
    "by id.json": _bytes(lambda: json.dumps({f"q{n}": row for n, row in enumerate(NUMBERS)}).encode()),
    "columns.json": _bytes(lambda: json.dumps({name: [row[name] for row in NUMBERS] for name in NUMBERS[0]}).encode()),
    "pandas.json": _bytes(lambda: json.dumps({name: {str(n): row[name] for n, row in enumerate(NUMBERS)} for name in NUMBERS[0]}).encode()),
    "one list despite the name.jsonl": _bytes(lambda: json.dumps(NUMBERS, indent=1).encode()),
    "one below another.json": _bytes(lambda: "\n".join(json.dumps(row, indent=2) for row in NUMBERS).encode()),
    "one behind another.jsonl": _bytes(lambda: " ".join(json.dumps(row) for row in NUMBERS).encode()),
    "commas behind rows.jsonl": _bytes(lambda: "".join(f"{json.dumps(row)},\n" for row in NUMBERS).encode()),
    "data in data.json": _bytes(lambda: json.dumps({"data": {"data": NUMBERS}}).encode()),
    "any name.json": _bytes(lambda: json.dumps({"title": "Legs", "quiz": NUMBERS}).encode()),
    "pandas split.json": _bytes(lambda: json.dumps({"columns": list(NUMBERS[0]), "index": [0, 1], "data": [list(row.values()) for row in NUMBERS]}).encode()),
    "a.csv": _bytes(lambda: cells(NUMBERS).encode()),
    "spaces before cells.csv": _bytes(lambda: cells([{"note": "one, two", **row} for row in NUMBERS], ", ").encode()),
    "marks that mean nothing.tsv": _bytes(lambda: b"note\tquestion\tanswer\n" + "".join(f'"Now" he said\t{row["question"]}\t{row["answer"]}\n' for row in NUMBERS).encode()),
    "a long cell.csv": _bytes(lambda: cells([{**row, "note": "x" * 200_000} for row in NUMBERS]).encode()),
    "a.ipc": lambda path: arrow(NUMBERS, path, stream=False),
    "marked.csv": _bytes(lambda: b"\xef\xbb\xbf" + cells(NUMBERS, ";").encode()),
    "semicolons.csv": _bytes(lambda: cells(NUMBERS, ";").encode()),
    "sep.csv": _bytes(lambda: b"sep=;\r\n" + cells(NUMBERS, ";").encode()),
    "tabs.tsv": _bytes(lambda: cells(NUMBERS, "\t").encode()),
    "tabs.csv": _bytes(lambda: cells(NUMBERS, "\t").encode()),
    "bars.csv": _bytes(lambda: cells(NUMBERS, "|").encode()),
    "excel.csv": _bytes(lambda: cells(NUMBERS, "\t").encode("utf-16")),
    "big endian.csv": _bytes(lambda: b"\xfe\xff" + cells(NUMBERS).encode("utf-16-be")),
    "empty rows.csv": _bytes(lambda: cells(NUMBERS).encode() + b",\r\n,\r\n"),
    "line ends in cells.csv": _bytes(lambda: cells([{**row, "note": "one\r\ntwo"} for row in NUMBERS]).encode()),
    "escaped.csv": _bytes(lambda: cells([{**row, "note": 'say \\"hi\\", then'} for row in NUMBERS]).encode()),
    "every mark.jsonl": _bytes(lambda: lines(NUMBERS).decode().encode("utf-32")),
    "Unicode text.txt": _bytes(lambda: cells(NUMBERS, "\t").encode("utf-16")),
    "index.csv": _bytes(lambda: cells([{"": n, **row} for n, row in enumerate(NUMBERS)]).encode()),
    "a.jsonl.gz": _bytes(lambda: gzip.compress(lines(NUMBERS))),
    "a.csv.bz2": _bytes(lambda: bz2.compress(cells(NUMBERS, ";").encode())),
    "a.jsonl.zst": lambda path: zstd(lines(NUMBERS), path),
    "a.json.gz": _bytes(lambda: gzip.compress(json.dumps(NUMBERS).encode())),
    "a.parquet": lambda path: parquet(NUMBERS, path),
    "bytes.parquet": lambda path: parquet([{**row, "question": str(row["question"]).encode()} for row in NUMBERS], path),
    "stream.arrow": lambda path: arrow(NUMBERS, path, stream=True),
    "file.arrow": lambda path: arrow(NUMBERS, path, stream=False),
    "a.feather": lambda path: arrow(NUMBERS, path, stream=False),
}  # fmt: skip
"""NUMBERS as files of many kinds."""
