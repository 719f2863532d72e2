"""The task of the policy, and the planner whose way of doing it the network learns.

A robot, which is a point in the plane, goes from the left to a goal on the right. Between them is
a disc that it must not touch, and it can go round it either way. Each tick of 10 ms it is given a
velocity. task.hpp says the same in C++.
"""

import numpy as np

TICK = 0.01  # seconds
ACTIONS = 32  # of a plan: velocities in so many ticks
SPEED = 0.8  # of the planner, in units a second
FASTEST = 1.0  # component of a velocity that a plan can have
RADIUS, MARGIN = 0.25, 0.13
START, GOAL = -0.8, 0.8  # abscissas; the disc is at 0
HEIGHT, LIFT = 0.3, 0.15  # largest ordinates of start and goal, and of the disc
RESPONSE = 0.08  # seconds in which the planner turns
PUSH, PUSH_TIME = 0.25, 0.1  # a disturbance of the velocity: its deviation, and how long it lasts


def velocity(p: np.ndarray, v: np.ndarray, disc: np.ndarray, goal: np.ndarray, side: np.ndarray) -> np.ndarray:
    """The next velocity of robots at p that went at v: round the disc by the side +1 or -1."""
    ahead = np.stack([np.full_like(disc, 0.12), disc + side * (RADIUS + MARGIN)], 1)
    end = np.stack([np.full_like(goal, GOAL), goal], 1)
    to = np.where(p[:, :1] < 0, ahead, end) - p
    far = np.linalg.norm(to, axis=1, keepdims=True) + 1e-9
    wanted = SPEED * to / far
    # Slowly to the goal, and away from the disc where it is near.
    wanted *= np.where(p[:, :1] < 0, 1.0, np.minimum(1.0, far / 0.12))
    away = p - np.stack([np.zeros_like(disc), disc], 1)
    distance = np.linalg.norm(away, axis=1, keepdims=True) + 1e-9
    near = np.clip((RADIUS + MARGIN - distance) / MARGIN, 0, 1)
    wanted += 1.5 * SPEED * near * away / distance
    turned = v + (wanted - v) * (TICK / RESPONSE)
    return np.clip(turned, -FASTEST, FASTEST)


def choose(p: np.ndarray, v: np.ndarray, disc: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The side, +1 or -1: by chance where both are as good, and surely where one is nearer."""
    breadth = 0.15 * np.clip(p[:, 0] / START, 0.1, 1.0)
    sureness = (p[:, 1] - disc) / breadth + v[:, 1] / 0.15
    return np.where(rng.random(len(p)) < 1 / (1 + np.exp(-sureness)), 1.0, -1.0)


def plan(p: np.ndarray, v: np.ndarray, disc: np.ndarray, goal: np.ndarray, side: np.ndarray) -> np.ndarray:
    """The next ACTIONS velocities, where nothing disturbs: [robots, ACTIONS, 2]."""
    velocities = []
    for _ in range(ACTIONS):
        v = velocity(p, v, disc, goal, side)
        p = p + TICK * v
        velocities.append(v)
    return np.stack(velocities, 1)


def demonstrations(episodes: int, rng: np.random.Generator, every: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """What was observed and planned now and then in episodes: [n, 6] and [n, 2 ACTIONS], in [-1, 1].

    Observed are place, velocity over FASTEST, and the ordinates of disc and goal. In half of the
    episodes the robot is thrown somewhere else now and then, most often in front of the disc, where
    it would not go by itself, so that the network knows the way on from there.
    """
    goal, disc = rng.uniform(-HEIGHT, HEIGHT, episodes), rng.uniform(-LIFT, LIFT, episodes)
    p = np.stack([np.full(episodes, START), rng.uniform(-HEIGHT, HEIGHT, episodes)], 1)
    v, push = np.zeros_like(p), np.zeros_like(p)
    thrown = np.arange(episodes)[:, None] % 2 == 1
    seen, done = [], []
    for tick in range(280):
        if tick % (4 * every) == 0:
            x = np.where(rng.random(episodes) < 0.7, rng.uniform(START, -0.1, episodes), rng.uniform(-0.2, GOAL, episodes))
            p = np.where(thrown, np.stack([x, disc + rng.uniform(-0.5, 0.5, episodes)], 1), p)
            v = np.where(thrown, np.stack([rng.uniform(-0.2, 0.9, episodes), rng.uniform(-0.7, 0.7, episodes)], 1), v)
        if tick % every == 0:
            side = choose(p, v, disc, rng)
            free = np.hypot(p[:, 0], p[:, 1] - disc) > RADIUS
            chosen = [a[free] for a in (p, v, disc, goal, side)]
            seen.append(np.concatenate([chosen[0], chosen[1] / FASTEST, chosen[2][:, None], chosen[3][:, None]], 1))
            done.append(plan(*chosen).reshape(-1, 2 * ACTIONS) / FASTEST)
        v = velocity(p, v, disc, goal, side)
        push += -push * TICK / PUSH_TIME + PUSH * np.sqrt(2 * TICK / PUSH_TIME) * rng.normal(size=p.shape)
        p = p + TICK * (v + push)
    return np.concatenate(seen).astype(np.float32), np.concatenate(done).astype(np.float32)
