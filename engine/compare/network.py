"""The pair network: looks at a gaiji and a registered candidate, and says in which sense they are one.

What the measured residual (:mod:`engine.compare.residual`) cannot see (a joint, a gap, a hook, a tiny
stroke) the network sees where it occurs. It is a small convolutional network of two branches with the same
weights; the gaiji's branch is computed once for all of its candidates. Its three outputs are log odds:

* **same**: gaiji and candidate are one character form, at the granularity of MJ;
* **identical**: they are one drawing but for rendering (weight, size, dots, scanning);
* **related**: they are at least one character, though perhaps another form of it.

It is run by ONNX Runtime on one thread: a gaiji's few pairs are too little work to share out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.artefact import read_artefact, refuse, write_artefact
from engine.compare.pair import INPUTS, spread
from engine.compare.residual import FEATURES

if TYPE_CHECKING:
    import onnxruntime

NETWORK_PATH = Path(__file__).with_name("network.npz")
FORMAT = 1
_WHAT = "比較ネットワーク"

MEASURES: tuple[str, ...] = (*FEATURES, "coarse", "fine", "gaiji_ink", "gaiji_size")
"""Numbers that the network is given beside the two pictures; nothing that depends on other candidates."""
_FROM_INPUTS = tuple(INPUTS.index(name) for name in MEASURES)

SAME, IDENTICAL, RELATED = 0, 1, 2
"""Columns of :meth:`PairNetwork.log_odds`."""
OUTPUTS: tuple[str, ...] = ("same", "identical", "related")


def from_inputs(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take the columns :data:`MEASURES` from those of the measured model, counts as logarithms."""
    return np.ascontiguousarray(spread(inputs)[:, _FROM_INPUTS])


@dataclass(frozen=True, eq=False)
class PairNetwork:
    """A loaded pair network; use :func:`load_pair_network`.

    Attributes
    ----------
    session : onnxruntime.InferenceSession
    identity : str
        First 12 hex digits of the file's SHA-256.
    """

    session: onnxruntime.InferenceSession
    identity: str

    def log_odds(
        self, gaiji: NDArray[np.uint8], warped: NDArray[np.uint8], inputs: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Judge the pairs of one gaiji.

        Parameters
        ----------
        gaiji : (S, S) uint8
            Normalised picture.
        warped : (K, S, S) uint8
            Candidates laid over it by :func:`engine.compare.register.register`.
        inputs : (K, I) float32
            Measurements, columns :data:`engine.compare.pair.INPUTS`.

        Returns
        -------
        (K, 3) float32
            Calibrated log odds, columns :data:`OUTPUTS`.
        """
        feed = {
            "gaiji": gaiji[None, None].astype(np.float32) / np.float32(255),
            "candidates": warped[:, None].astype(np.float32) / np.float32(255),
            "measures": from_inputs(inputs),
        }
        return np.asarray(self.session.run(None, feed)[0], np.float32)


def load_pair_network(path: Path = NETWORK_PATH) -> PairNetwork:
    """Read the pair network.

    Raises
    ------
    ArtefactMismatchError
        The file is missing, damaged, or made for other measurements.
    """
    import onnxruntime

    artefact = read_artefact(path, _WHAT)
    head = artefact.head
    if head["format"] != FORMAT or tuple(head["measures"]) != MEASURES or tuple(head["outputs"]) != OUTPUTS:
        raise refuse(path, _WHAT)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        artefact.arrays["onnx"].tobytes(), options, providers=["CPUExecutionProvider"]
    )
    return PairNetwork(session, artefact.identity)


def save_pair_network(path: Path, onnx: bytes, manifest: dict[str, object]) -> None:
    """Write a pair network and how it was made."""
    head = {"format": FORMAT, "measures": MEASURES, "outputs": OUTPUTS, "manifest": manifest}
    write_artefact(path, head, {"onnx": np.frombuffer(onnx, np.uint8)})
