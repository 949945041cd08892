"""Questions about IAM policies, proved with z3 and replayed by a plain evaluator."""
