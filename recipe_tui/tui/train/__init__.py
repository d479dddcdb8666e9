"""The training screen: runs, their curves and samples, and the form of a new one."""
