"""What single tickets add to a suspicion: how concentrated they are in one region, channel or complainant.

Nine tickets where two are usual may be chance; nine tickets of which eight are one customer's, who has never
called before, are not. Given their number, the make-up of a window's tickets is independent of that number
as long as nothing is going on, so both are combined, as R. A. Fisher does with two chances (Statistical
Methods for Research Workers, 1932, section 21.1).

A value's usual share is that of the node's past, drawn to the share that it has in the branches above, so a
customer who always makes a third of a node's tickets is no surprise there. With a usual share known so well
(so many tickets), how many of the others go the way of one ticket is beta-binomial. A ticket that repeats
another is not chance either: how often one does, beyond the shares, is learned, and is part of the share.

What is not known adds nothing: a column that is empty, or that says the same of all tickets, leaves the score
of the count as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.precision import Floats, Indices

MOST_TICKETS: Final = 300
"""Of a window that is looked at; more tell enough by their number."""
UNSEEN: Final = 1.0
"""Tickets of the past that stand for a value that has none."""
BRANCH_WEIGHS: Final = 20.0
"""Tickets of a node's own that its parent's shares weigh."""
SURE: Final = 200.0
"""Tickets by which a usual share is known at the most: shares drift."""
RAREST: Final = 1e-300
"""Chance below which none is told apart: its logarithm is finite where a chance has become 0."""
TERMS: Final = 32
"""Of a tail that are added at once; most tails have fewer that count."""


@dataclass(frozen=True)
class Shares:
    """Values that several tickets of a window have, beside what is usual; all (k,).

    Attributes
    ----------
    window : which window, by number
    tickets, among : float64, that have the value, and that have any
    share : float64, usual, the chance of a repetition with it
    sure : float64, tickets by which that is known
    """

    window: Indices
    tickets: Floats
    among: Floats
    share: Floats
    sure: Floats


def drawn(own: Floats, among: Floats, steady: Floats | float = BRANCH_WEIGHS) -> tuple[Floats, Floats]:
    """Usual shares, each level drawn to the one above it, and the tickets by which they are known.

    At the top every value has been seen once more than it was: so where nothing is known of the past, nothing
    is rare.

    Parameters
    ----------
    own, among : (levels, k) float64, past tickets with a value, and with any, from the root down to the node
    steady : tickets by which the share is known from the levels above

    Examples
    --------
    >>> share, sure = drawn(np.array([[500.0], [3.0]]), np.array([[1000.0], [10.0]]))
    >>> share.round(3).tolist(), sure.tolist()
    ([0.434], [30.0])
    """
    share = (own[0] + UNSEEN) / (among[0] + UNSEEN)
    for tickets, all_tickets in zip(own[1:], among[1:], strict=True):
        share = (tickets + BRANCH_WEIGHS * share) / (all_tickets + BRANCH_WEIGHS)
    return share, np.minimum(among[-1] + steady, SURE)


def with_repeats(share: Floats, repeat: Floats) -> Floats:
    """A share, and the chance that what has come comes again."""
    found: Floats = share + (1 - share) * repeat
    return found


def chances(shares: Shares) -> Floats:
    """(k,) chance that any value of a column is so frequent in a window; 1 where it is no more than usual.

    Of `among` tickets each has the same chance that so many others are like it, and those that are alike have
    it together: the bound of the union is `among / tickets` times that chance.

    Examples
    --------
    >>> one = np.ones(1)
    >>> nine = Shares(np.zeros(1, int), 9 * one, 10 * one, 0.2 * one, 100 * one)
    >>> float(chances(nine)[0].round(6))
    5.2e-05
    """
    others, found = shares.among - 1, np.ones(len(shares.window))
    more = np.flatnonzero(shares.tickets - 1 > others * shares.share)
    tickets = shares.tickets[more]
    like = beta_binomial_tail(tickets - 1, others[more], shares.share[more], shares.sure[more])
    found[more] = np.minimum(shares.among[more] / tickets * like, 1.0)
    return found


def beta_binomial_tail(at_least: Floats, among: Floats, share: Floats, sure: Floats) -> Floats:
    """P(X >= at_least) of beta-binomials with a mean `share * among`; all (k,) float64.

    Examples
    --------
    >>> beta_binomial_tail(np.array([0.0, 1.0]), np.full(2, 2.0), np.full(2, 0.5), np.full(2, 2.0)).round(
    ...     4
    ... ).tolist()
    [1.0, 0.6667]
    """
    from scipy.special import betaln, gammaln

    share = np.clip(share, 1e-9, 1 - 1e-9)
    first, second = share * sure, (1 - share) * sure
    log = gammaln(among + 1) - gammaln(at_least + 1) - gammaln(among - at_least + 1)
    log += betaln(first + at_least, second + among - at_least) - betaln(first, second)
    term = np.exp(np.maximum(log, -690.0))
    tail, now = term.copy(), at_least[:, None] + np.arange(TERMS)
    first, second, among = first[:, None], second[:, None], among[:, None]
    while True:
        left = among - now
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = left * (first + now) / ((now + 1) * (second + left - 1))
        terms = term[:, None] * np.cumprod(np.where(left > 0, factor, 0.0), axis=1)
        tail += terms.sum(axis=1)
        term = terms[:, -1]
        if not (term > 1e-6 * tail).any():
            return np.where(at_least <= 0, 1.0, np.minimum(tail, 1.0))
        now += TERMS


def of_windows(shares: Shares, columns: Floats, windows: int) -> tuple[Floats, Indices]:
    """For each window the score of its make-up, and which of the values it is due to; -1 = none.

    Parameters
    ----------
    columns : (windows,) how many columns tell anything there
    windows : how many there are
    """
    score, which = np.zeros(windows), np.full(windows, -1)
    if not len(shares.window):
        return score, which
    one = -np.log10(np.maximum(chances(shares) * columns[shares.window], RAREST))
    order = np.argsort(one, kind="stable")
    which[shares.window[order]] = order
    score[shares.window[order]] = np.maximum(one[order], 0.0)
    which[score <= 0] = -1
    return score, which


def together(count: Floats, makeup: Floats) -> Floats:
    """The score of both, as Fisher combines two chances, or that of the count alone where it is higher.

    The count's is log10 of a likelihood ratio. A ratio of x is about as rare as 1 / x at the most, so
    that it may stand for -log10 of a chance.

    Examples
    --------
    >>> together(np.array([3.0, 3.0, 6.0]), np.array([0.0, 5.0, 0.1])).round(2).tolist()
    [3.0, 6.41, 6.0]
    """
    both = count + makeup
    fisher = both - np.log10(1 + np.log(10) * both) - np.log10(2)
    found: Floats = np.maximum(count, fisher)
    return found
