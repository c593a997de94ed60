"""What holds for all tests."""

import os

from hypothesis import settings

# A busy machine must not turn a property red, and a failure must be found again by the next run.
settings.register_profile("house", deadline=None, print_blob=True)
# make check tries fewer examples; make test tries them all.
settings.register_profile("quick", settings.get_profile("house"), max_examples=25)
settings.load_profile(os.environ.get("WATTSTEAD_EXAMPLES", "house"))
