"""What must hold for every object on every surface. A new object is tried without a line of test code.

``surfaces.py`` has one small adapter per surface; ``expected.py`` says, by hand and apart from the code that decides
it, who may do what; ``breakages.py`` breaks the kernel on purpose, to prove that these tests can fail (``python -m
tests.contracts.prove``).
"""
