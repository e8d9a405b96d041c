"""Partial FC: a classifier of millions of people, spread over the processes and sampled (An et al., CVPR 2022).

Ours, because the authors' stands in InsightFace's training scripts, which are no package and need CUDA.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from eigen2arc.core.errors import UserError
from eigen2arc.deep.ops.cosines import cosines, full_precision
from eigen2arc.deep.ops.margin_softmax import CosineMargin

from .processes import gather_to_first, rank_and_world_size
from .sharded_softmax import replicated, sharded_cross_entropy

#: Rows of the initial weight that are drawn at a time.
BLOCK = 4096


class PartialFC(nn.Module):
    """The classifier and loss of ``margin`` with each process keeping some classes, of which each batch sees some.

    margin : its scale, which may not be learned, and its add_margin() are used, its weight is not.

    rows : the classes of this process, range of int. weight : (len(rows), D), their centres. The first weights follow
    from torch's seed, which has to be the same on all processes, and not from how many there are.

    In training, a batch meets the centres of its own people and, drawn from torch's global generator, so many others
    that there are ``sample_rate`` times all rows. Below a rate of 1 weight.grad is sparse and holds these rows alone:
    an optimizer has to leave the others where they are, momentum and decay as well, as SampledSGD does.

    As every loss, it is given the batch of all processes, from all_gather(), and is the mean over it, the same on
    all. weight.grad is its gradient. With all_gather() and DistributedDataParallel, which averages over processes, the
    backbone has the gradient of one process with the whole batch. The weight must not be averaged: see
    exclude_shards_from_ddp.
    """

    sampler = "shuffled"

    def __init__(self, margin: CosineMargin, embedding_size: int, classes: int, sample_rate: float) -> None:
        super().__init__()
        rank, count = rank_and_world_size()
        if classes < count:
            raise UserError(f"{count} processes cannot share {classes} classes: each needs one at least")
        if not isinstance(margin, CosineMargin) or isinstance(margin.scale, nn.Parameter):
            raise UserError("Partial FC needs a loss with a fixed scale and a margin on each true cosine, as ArcFace")
        self.sample_rate, self.classes = sample_rate, classes
        self.scale, self.add_margin = margin.scale, margin.add_margin
        self.rows = class_range(rank, count, classes)
        self.weight = nn.Parameter(initial_weight(self.rows, classes, embedding_size))

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss of the whole batch, the same on all processes: (N, D) embeddings, (N,) int64 labels."""
        row = labels - self.rows.start
        here = ((row >= 0) & (row < len(self.rows))).nonzero()[:, 0]
        row_here = row[here]
        weight: Tensor = self.weight
        if self.training and self.sample_rate < 1:
            sampled = self.sample(row_here)
            weight = F.embedding(sampled, weight, sparse=True)
            row_here = torch.searchsorted(sampled, row_here)
        cos = cosines(replicated(embeddings), weight)
        cos = cos.index_put((here, row_here), self.add_margin(cos[here, row_here]))
        return sharded_cross_entropy(self.scale * cos, torch.full_like(row, -1).index_put((here,), row_here))

    def sample(self, positive: Tensor) -> Tensor:
        """Draw the rows of weight that a batch meets, (R,) int64, ascending: the positive ones, and others.

        positive : (P,) int64, may have repeats.
        """
        draw = torch.rand(len(self.rows), device=positive.device)
        draw[positive] = 2.0  # above all draws
        count = max(round(self.sample_rate * len(self.rows)), int((draw == 2.0).sum()), 1)
        return draw.topk(count).indices.sort().values

    def gather_rows(self, rows: Tensor) -> Tensor:
        """Gather what each process has for its classes, (len(rows), ...), into (classes, ...) on the first process.

        That is the weight or its momentum; see processes.gather_to_first. To be called by all of them.
        """
        _, count = rank_and_world_size()
        return gather_to_first(rows, [len(class_range(rank, count, self.classes)) for rank in range(count)])


def class_range(rank: int, count: int, classes: int) -> range:
    """Return the classes that the process ``rank`` of ``count`` keeps."""
    return range(rank * classes // count, (rank + 1) * classes // count)


def initial_weight(rows: range, classes: int, embedding_size: int) -> Tensor:
    """Draw those rows of the (classes, D) first weight: as ops.cosines.centres does, but never held as a whole."""
    weight = torch.empty(len(rows), embedding_size)
    for start in range(0, classes, BLOCK):
        block = torch.randn(min(BLOCK, classes - start), embedding_size)
        first, last = max(rows.start, start), min(rows.stop, start + len(block))
        if first < last:
            weight[first - rows.start : last - rows.start] = block[first - start : last - start]
    return weight * (2 / (classes + embedding_size)) ** 0.5  # Xavier's deviation


def exclude_shards_from_ddp(network: nn.Module) -> None:
    """Make DistributedDataParallel, before it wraps ``network``, leave the weights of each PartialFC in it alone."""
    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(network, list(sharded_parameters(network)))


def sharded_parameters(network: nn.Module) -> dict[str, PartialFC]:
    """List the parameters of ``network`` that every process has a part of, by name, with what they belong to."""
    return {f"{name}.weight": module for name, module in network.named_modules() if isinstance(module, PartialFC)}
