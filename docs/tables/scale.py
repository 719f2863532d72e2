#!/usr/bin/env python3
"""What failures cost on many devices: the tables of docs/scale.md. Prints them; the same numbers each time.

Each device fails at random, on average after so many hours, and is back after some minutes. A shard
that was under way is begun anew. Devices differ in speed.
"""
import heapq
import random


def finish(devices, shards_each, hours_each, between_failures, back=0.1, spread=0.1, share=True, seed=1):
    """(hours until all shards are there, hours that failures cost as a share of the hours of work).

    A device of speed 1 takes hours_each for its shards. share: a device that is done takes shards that nobody has begun.
    """
    draw = random.Random(seed)
    whole = hours_each / shards_each
    speed = [max(0.5, draw.gauss(1, spread)) for _ in range(devices)]
    left = [shards_each] * devices
    again = [False] * devices  # the next shard is the one that broke off
    waiting = devices * shards_each
    events = [(0.0, d, d) for d in range(devices)]  # free at, device, whose shard is next
    fails = [draw.expovariate(1 / between_failures) for _ in range(devices)]
    lost, end = 0.0, 0.0
    most = list(range(devices))
    while events:
        now, device, _ = heapq.heappop(events)
        owner = device
        if left[owner] == 0 and not again[device]:
            if not share or waiting == 0:
                continue
            while most and left[most[-1]] == 0:
                most.pop()
            owner = most[-1]
        if not again[device]:
            left[owner] -= 1
            waiting -= 1
        time = whole / speed[device]
        again[device] = now + time > fails[device]
        if not again[device]:
            end = max(end, now + time)
            heapq.heappush(events, (now + time, device, device))
            continue
        lost += max(0.0, fails[device] - now) + back
        now = fails[device] + back
        fails[device] = now + draw.expovariate(1 / between_failures)
        heapq.heappush(events, (now, device, device))
    return end, lost / (devices * hours_each)


def main():
    devices, hours = 1000, 24
    print("| a failure of one device | shards for each | own shards alone | with those of others | lost |")
    print("| --- | --- | --- | --- | --- |")
    for between in (50000, 1000, 100, 24):
        for each in (1, 4, 24, 240):
            alone, _ = finish(devices, each, hours, between, share=False)
            shared, lost = finish(devices, each, hours, between)
            print(f"| every {between} hours | {each} of {60 * hours / each:.0f} min "
                  f"| {alone:.1f} h | {shared:.1f} h | {100 * lost:.2f} % |")


main()
