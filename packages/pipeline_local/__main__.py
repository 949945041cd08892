"""``python -m pipeline_local`` is `pipeline-local`."""

import sys

from pipeline_local.command_line import main

sys.exit(main())
