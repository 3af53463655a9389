"""Rules of the review without a database: roles and rights, stages, how a state follows from the records."""
