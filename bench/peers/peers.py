"""The table of peers: what is measured beside Fokker, by the names of tests/support/solvers.hpp. A
solver joins by one line."""

from dataclasses import dataclass, field
from typing import Any

import diffusers


@dataclass(frozen=True)
class Peer:
    """A scheduler of diffusers. `options` are those of its constructor, `step` those of its step.
    Where a whole step of Fokker's is several of the scheduler's, the schedule repeats its times,
    and a whole walk is compared with a whole walk."""

    scheduler: type
    options: dict[str, Any] = field(default_factory=dict)
    step: dict[str, Any] = field(default_factory=dict)


SOLVERS: dict[str, Peer] = {
    "ddim": Peer(diffusers.DDIMScheduler, {"clip_sample": False}, {"eta": 0.0}),
    "ddpm": Peer(diffusers.DDPMScheduler, {"clip_sample": False}),
    "euler": Peer(diffusers.EulerDiscreteScheduler),
    "heun": Peer(diffusers.HeunDiscreteScheduler),
    "dpm_solver_pp_2m": Peer(diffusers.DPMSolverMultistepScheduler, {"solver_order": 2}),
}

# Of every scheduler: the schedule and the grid that Fokker's benchmarks have.
SCHEDULE: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_start": 1e-4,
    "beta_end": 0.02,
    "beta_schedule": "linear",
    "timestep_spacing": "trailing",
}
