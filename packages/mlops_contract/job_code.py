"""Job code in a cloud assembly: which folders it came from, and what decides more than its address.

The app writes `FILE` beside the manifest: ``folders``, a list of each ``folder`` (relative to the
project) and the ``digest`` of its content, and ``read``, the files in these folders that were read
to build definitions.
"""

FILE = "job-code.json"
# Context of the app: synthesize without rule packs and proofs, for runs on this machine.
UNCHECKED = "unchecked"
