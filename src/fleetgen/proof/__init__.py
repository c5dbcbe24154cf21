"""The proof that what is sent is what is stored: drawn records through a stream's tables on an engine, and back."""

from fleetgen.proof.search import Proof, prove
from fleetgen.proof.verdict import Failure, Layer

__all__ = ["Failure", "Layer", "Proof", "prove"]
