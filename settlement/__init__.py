"""Deposits and the double-entry ledger: who may bid, and whose money is where."""
