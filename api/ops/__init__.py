"""Running the installation: health, metrics, logs, backup, the operator's page."""
