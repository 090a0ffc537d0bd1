"""Real processes for tests: a Kubernetes control plane, the operator and the simulator of the platform."""
