"""Stage 5: play the hearing bench to a checkpoint or a model directory.

    python -m models.recipe.evaluate --bench FOLDER --run RUN --json out.json [--against hama]

Exports the run to a folder of its own first, so that what is measured is what would be shipped:
int8, onnxruntime, one thread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Measure on the hearing bench.")
    parser.add_argument("--bench", type=Path, required=True, help="folder with the bench's run.py")
    parser.add_argument("--run", type=Path, help="a training run; else the shipped model")
    parser.add_argument("--bold", default="0.9", help="see export")
    parser.add_argument("--against", default="none")
    parser.add_argument("--most", default="40")
    parser.add_argument("--json", type=Path, default=Path("hearing.json"))
    options = parser.parse_args()
    folder = REPOSITORY / "models" / "potato-wav2vec2"
    if options.run:
        folder = options.run / "exported"
        export = [sys.executable, "-m", "models.recipe.export", "--run", str(options.run)]
        export += ["--bold", options.bold]
        subprocess.run([*export, "--to", str(folder)], check=True, cwd=REPOSITORY)
    play(options, folder)


def play(options: argparse.Namespace, folder: Path) -> None:
    """Run the bench on the model in `folder`; its tables go to standard output."""
    command = [sys.executable, str(options.bench / "run.py")]
    command += ["--transcriber", "models.recipe.hear:make_transcriber"]
    command += ["--against", options.against, "--most", options.most]
    command += ["--json", str(options.json.resolve())]
    environment = {**os.environ, "POTATO": str(folder.resolve()), "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(command, check=True, cwd=REPOSITORY, env=environment)


if __name__ == "__main__":
    main()
