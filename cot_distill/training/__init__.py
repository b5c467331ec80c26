"""Training: TRL, made faster by packed rows, on one device or several. A stopped run continues from its last
checkpoint.

`settings` and `parallel` import fast. `finetune` and the modules below it import torch, transformers and TRL, so import
it in the function that trains.
"""
