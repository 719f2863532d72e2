"""The forward process of the example: D3PM's discretised Gaussian on 8 grey levels (Austin et al.
2021), and the terms of its variational bound. grey_levels.hpp is the same process in C++."""

import math

import torch

LEVELS, STEPS = 8, 1000
# -ln of a step's weight of a neighbouring level, first and last step; evenly between.
FIRST, LAST = 6.5, 1.75


def step_matrices() -> torch.Tensor:
    """Row-stochastic: entry t - 1 takes a level at t - 1 to one at t."""
    exponent = torch.linspace(FIRST, LAST, STEPS, dtype=torch.float64)[:, None, None]
    away = torch.arange(1 - LEVELS, LEVELS, dtype=torch.float64).square()
    all_weights = torch.exp(-exponent * away).sum(2, keepdim=True)
    i = torch.arange(LEVELS)
    q = torch.exp(-exponent * (i[:, None] - i).square()) / all_weights
    q.diagonal(dim1=1, dim2=2).zero_()
    q.diagonal(dim1=1, dim2=2).copy_(1 - q.sum(2))
    return q


def products(q: torch.Tensor) -> torch.Tensor:
    """Entry t takes a clean level to one at t, t = 0 .. STEPS."""
    all_ = [torch.eye(LEVELS, dtype=q.dtype)]
    for each in q:
        all_.append(all_[-1] @ each)
    return torch.stack(all_)


class Process:
    def __init__(self):
        q = step_matrices()
        self.step = q.float()
        self.whole = products(q).float()
        last = products(q)[-1]
        self.prior_law = last.mean(0)
        self.prior = (last * (last / self.prior_law).log()).sum(1).float()  # of each clean level

    def noised(self, x0: torch.Tensor, t: torch.Tensor,
               draw: torch.Generator | None = None) -> torch.Tensor:
        """A draw of q(x_t | x_0), n x 28 x 28, at t (n)."""
        law = self.whole[t][torch.arange(len(t))[:, None, None], x0]
        u = torch.rand(x0.shape, generator=draw)
        return (law.cumsum(3)[..., :-1] < u[..., None]).sum(3)

    def log_likelihood(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """ln q(x_t | x_0) of all x_0, n x 28 x 28 x LEVELS."""
        columns = self.whole[t].transpose(1, 2)  # by x_t, then x_0
        return columns[torch.arange(len(t))[:, None, None], x].clamp(min=1e-30).log()

    def divergence(self, left_out: torch.Tensor, x: torch.Tensor, x0: torch.Tensor,
                   t: torch.Tensor) -> torch.Tensor:
        """KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)) in nats for each position; at t = 1 that is
        -ln p(x_0 | x_1). left_out: logits of p(x_0 | x_t without the position)."""
        n = torch.arange(len(t))[:, None, None]
        back = self.step[t - 1].transpose(1, 2)[n, x]  # q(x_t | y) of y
        before = self.whole[t - 1]
        truth = back * before[n, x0]
        mixed = (left_out.softmax(3).flatten(1, 2) @ before).view(truth.shape)
        guess = back * mixed
        truth = truth / truth.sum(3, keepdim=True)
        guess = guess / guess.sum(3, keepdim=True)
        return torch.special.entr(truth).sum(3).neg() - (
            truth * guess.clamp(min=1e-30).log()).sum(3)
