"""The audit log: written with what it is about, in one transaction; read and exported by administrators."""
