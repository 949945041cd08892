"""The same evaluation logic as formulas for z3.

What is modelled exactly: every operator of `iam_prover.operators`, missing keys, multi-valued
keys, wildcards, case rules, policy variables before or after all wildcards of a pattern.

What is left free (a Boolean that z3 may choose, so that proofs stay sound and a counterexample
may turn out spurious when it is replayed): a policy variable between two wildcards or under an
operator that ignores case, and an ordered comparison on a key that is also compared as text.

What is assumed of requests: no key has an empty value (IAM treats that as missing); a key of
Boolean type is `true` or `false`; a key that is only ever compared as a number, date or address
holds one; ARNs of symbolic callers are in the partition `aws`.
"""
