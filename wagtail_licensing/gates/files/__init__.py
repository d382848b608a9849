"""Files behind gates: whoever may open one gets it from here, whole or in parts, and nobody else."""
