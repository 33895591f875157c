"""Cases: check the rules from outside. One file per family of formats; every case calls the real format.

A case is `{"kind": ..., "input": {...}}`; `run_case` returns its outcome, `CaseError` names a bad field.
"""

from bidding_rules.cases.reading import CaseError
from bidding_rules.cases.registry import KINDS, run_case

__all__ = ["KINDS", "CaseError", "run_case"]
