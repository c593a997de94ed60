"""What holds for all tests."""

from hypothesis import settings

# A busy machine must not turn a property red, and a failure must be found again by the next run.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
