"""The canary matrix: who asks, by which channel, what stands before it, and how the gate answers."""
