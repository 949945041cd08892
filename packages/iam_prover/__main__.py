"""`python -m iam_prover`."""

import sys

from iam_prover.command import main

sys.exit(main())
