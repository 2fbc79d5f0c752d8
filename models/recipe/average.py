"""Between training and export: the average of runs that went on from one another.

    python -m models.recipe.average --to RUN RUN:SHARE RUN:SHARE ...

Weights of one family can be averaged like models' answers, at no cost when hearing (M. Wortsman
and others, "Model soups", 2022). `--to` is a run that can be exported or begun from.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from models.recipe.checkpoints import State, Weights, load, save


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Average the weights of runs.")
    parser.add_argument("runs", nargs="+", metavar="RUN:SHARE")
    parser.add_argument("--to", type=Path, required=True, help="the new run")
    options = parser.parse_args()
    states, shares = [], []
    for text in options.runs:
        run, _, share = text.rpartition(":")
        try:
            shares.append(float(share))
        except ValueError:
            raise SystemExit(f"average: {text!r} should look like RUN:SHARE") from None
        states.append(load(Path(run) / "state.pt"))
    save(options.to / "state.pt", average(states, shares))


def average(states: Sequence[State], shares: Sequence[float]) -> State:
    """One state: the running means by their shares, hours of the longest, no optimiser."""
    total = sum(shares)
    if total <= 0:
        raise SystemExit("average: the shares should add up to more than nothing")
    mean: Weights = {
        name: sum(
            (
                state.mean[name] * (share / total)
                for state, share in zip(states, shares, strict=True)
            ),
            start=value.new_zeros(()),
        )
        for name, value in states[0].mean.items()
    }
    longest = max(states, key=lambda state: state.heard_hours)
    return State(longest.step, longest.heard_hours, mean, mean, {})


if __name__ == "__main__":
    main()
