"""Training: TRL made fast on packed rows, on one device or several, continued where it was stopped.

`settings` and `parallel` are light. `finetune` and what it stands on import torch, transformers and TRL when they are
imported themselves: import it in the function that trains.
"""
