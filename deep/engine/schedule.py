"""How long, how fast and in what batches a network is trained."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The settings that every training has. They and the data decide what comes out."""

    seed: int = 0  # of weights, order and augmentation
    batch_size: int = 128  # samples, over all devices
    steps: int = 3000  # batches
    warm_up_steps: int = 100  # batches in which the learning rate rises from 0
    learning_rate: float = 0.1  # of SGD, at its peak
    decay: str = "cosine"  # how it falls from there: cosine, step or polynomial; see learning_rate.py
    decay_at: list[float] = field(default_factory=lambda: [0.5, 0.75, 0.9])  # of step: shares of all steps
    decay_power: float = 2.0  # of polynomial
    adam_steps: int = 0  # batches, the first, after which Adam moves the weights; then SGD does
    adam_learning_rate: float = 1e-3  # of Adam, at its peak
    momentum: float = 0.9  # share of the last step that is taken again
    weight_decay: float = 5e-4  # per step and learning rate; of matrices and kernels only
    mixed_precision: str = "no"  # "bf16" or, on a GPU, "fp16": faster where the chip has instructions for it
    verify_every_steps: int = 250  # batches between two looks at what is held out
    save_every_s: float = 60.0  # seconds between two saved states
