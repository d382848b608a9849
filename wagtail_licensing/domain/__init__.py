"""The rules of licensing as pure Python: no framework, no input or output, the clock is an argument."""
