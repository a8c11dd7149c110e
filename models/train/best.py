"""The best policy of a training, judged on seeds that only choose it."""

import json
import tempfile
from pathlib import Path

import numpy as np

import checkpoint
import evaluate
from export import export

EPISODES, SEED = 100, 10_000


class Best:
    """The best learner so far; `out` has it as policy.onnx with its contract,
    best.npz and, what was measured of it, best.json."""

    def __init__(self, out, contract):
        self.out, self.contract, self.score = out, contract, -np.inf

    def judge(self, learner):
        """What was measured of `learner`, and whether it is the best now."""
        with tempfile.TemporaryDirectory() as folder:
            candidate = Path(folder) / "policy.onnx"
            export(learner, self.contract, candidate)
            report = evaluate.evaluate(candidate, EPISODES, SEED)
        # A hundredth of survival is worth a centimetre per second, or one of drift.
        score = report["survival"] - report["velocity_error_mps"] - report["standing_drift_m"]
        better = score > self.score
        if better:
            self.score = score
            export(learner, self.contract, self.out / "policy.onnx")
            checkpoint.save(learner, self.out / "best.npz")
            (self.out / "best.json").write_text(json.dumps(report, indent=2) + "\n")
        return report, better
