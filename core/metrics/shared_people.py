"""How sure a false match rate is, when every impostor pair shares its two people, and its two images, with many others.

N images of n people make about N^2 / 2 impostor pairs, but they hang together: some people are more like everybody
else, two people may look alike, an image may be dark. The variance of a share of all pairs is a sum over pairs of
pairs, and those that share nothing add nothing to it (Aronow, Samii, Assenova, "Cluster-robust variance estimation for
dyadic data", Political Analysis 23, 2015). So pairs of pairs are put into five classes by what they share, and each
class has a covariance.

It is estimated in two ways. From the decisions themselves, by U-statistics: the mean product within a class less that
of pairs which share nothing (Hoeffding, "A class of statistics with asymptotically normal distribution", Annals of
Mathematical Statistics 19, 1948); people_bootstrap finds the same by drawing people again. Where false matches are few
this is often too low, since whoever is like everybody may not be among the few people at hand. And from all scores, put
in order and given the quantiles of a Gaussian: their correlations within the classes say, by the bivariate normal
distribution, how often both of two pairs exceed a threshold (the nonparanormal of Liu, Lafferty, Wasserman, JMLR 10,
2009). The larger one is taken, see recommended_threshold.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri, owens_t

#: Correlations beyond which the distribution of two scores cannot be told from that of one.
HIGHEST = 1 - 1e-9


class Shared(NamedTuple):
    """A number for each class of two impostor pairs, by what the two share.

    all : everything, a pair with itself. image : one image, and the other two show one person. people : both people,
    but no image. hub : one image, and the others show different people. person : one person, but no image.
    """

    all: float
    image: float
    people: float
    hub: float
    person: float


class Impostors:
    """All impostor pairs of images: who is on them, and how many there are.

    person (N,) int64 : who is on each image, ascending, -1 for images, all before the others, of which nobody knows who
    they show: they are compared with those of the known only, and each is a person of its own.
    """

    def __init__(self, person: np.ndarray) -> None:
        if (np.diff(person) < 0).any():
            raise ValueError("Impostors: expected the images in the order of their people")
        unknown = int(np.count_nonzero(person < 0))
        own = np.append(np.arange(unknown), person[unknown:] + unknown)
        self.starts = np.flatnonzero(np.append(True, np.diff(own) > 0)[: len(own)])
        self.known = len(self.starts) - unknown
        self.mask: np.ndarray = own[:, None] != own[None]
        self.mask[:unknown, :unknown] = False
        self.upper = np.triu(self.mask)
        self.pairs = int(np.count_nonzero(self.upper))
        self.counts, self.apart = self.sums(np.ones(self.mask.shape))

    def sums(self, value: np.ndarray) -> tuple[Shared, float]:
        """Sum the products of values of two pairs over each class, and over all that share nothing.

        value (N, N) : symmetric; what it is of other pairs than impostors is not used. Each two pairs count twice, once
        in each order, and a pair with itself once.
        """
        used = np.where(self.mask, value, 0.0)
        of_image = np.add.reduceat(used, self.starts, axis=1)  # an image against a person
        of_people = np.add.reduceat(of_image, self.starts, axis=0)
        squares, by_image, by_people = (float(np.square(one).sum()) for one in (used, of_image, of_people))
        rows = of_image.sum(axis=1)
        hub = float(np.square(rows).sum()) - by_image
        person = float(np.square(of_people.sum(axis=1)).sum()) - by_people - hub
        people = by_people / 2 - by_image + squares / 2
        shared = Shared(squares / 2, by_image - squares, people, hub, person)
        return shared, float(rows.sum() / 2) ** 2 - sum(shared)


def share_variance(impostors: Impostors, accepted: np.ndarray) -> float:
    """Compute the variance of the share of impostor pairs that are accepted, over other people, by the decisions.

    accepted (N, N) : bool, symmetric. 0 for too few people to have two pairs that share nobody.
    """
    if impostors.apart <= 0:
        return 0.0
    sums, apart = impostors.sums(accepted.astype(np.float64))
    chance = apart / impostors.apart
    covariances = Shared(*(_mean(total, n) - chance for total, n in zip(sums, impostors.counts, strict=True)))
    return max(0.0, share_variance_of(impostors.counts, covariances, impostors.pairs))


def share_variance_of(counts: Shared, covariances: Shared, pairs: float) -> float:
    """Compute the variance of a share of so many pairs from the number of two pairs in each class, and covariances."""
    weighed = (n * covariance for n, covariance in zip(counts, covariances, strict=True) if n)
    return float(sum(weighed)) / pairs / pairs


def correlations(impostors: Impostors, score: np.ndarray) -> Shared:
    """Compute how the scores (N, N) of two impostor pairs correlate in each class, after they are made Gaussian.

    Those of a class that has none are 0; the first one is 1.
    """
    order = np.argsort(score[impostors.upper], kind="stable")
    quantiles = np.empty(len(order))
    quantiles[order] = ndtri((np.arange(len(order)) + 0.5) / max(len(order), 1))
    gaussian = np.zeros(score.shape)
    gaussian[impostors.upper] = quantiles
    sums, apart = impostors.sums(gaussian + gaussian.T)
    chance = _mean(apart, impostors.apart)
    means = [_mean(total, n) - chance if n else 0.0 for total, n in zip(sums, impostors.counts, strict=True)]
    return Shared(*(float(np.clip(one / means[0], 0.0, 1.0)) if means[0] > 0 else 0.0 for one in means))


def gaussian_covariances(correlation: Shared, fmr: float) -> Shared:
    """Compute the covariance of two decisions in each class, at a threshold that a share ``fmr`` of the pairs reaches.

    By Owen's T: "Tables for computing bivariate normal probabilities", Annals of Mathematical Statistics 27, 1956.
    """
    height = float(-ndtri(fmr))

    def both(rho: float) -> float:
        """How often two scores with this correlation exceed the threshold together."""
        return float(ndtr(-height) - 2 * owens_t(height, np.sqrt((1 - rho) / (1 + rho))))

    inside = (max(0.0, both(min(rho, HIGHEST)) - fmr * fmr) for rho in correlation[1:])
    return Shared(fmr * (1 - fmr), *inside)


def planned_counts(people: int, images: int) -> tuple[Shared, float]:
    """Count the two pairs in each class, and the impostor pairs, of so many people with so many images each."""
    pairs = people * (people - 1) / 2 * images**2
    others = 2 * max(0, people - 2) * images
    counts = (1, 2 * (images - 1), (images - 1) ** 2, others, others * (images - 1))
    return Shared(*(pairs * count for count in counts)), pairs


def _mean(total: float, count: float) -> float:
    return total / count if count > 0 else 0.0
