"""Backups: one ZIP with database and uploaded files, made while serving, restored to either backend.

The database is in it as a SQLite file, also where it lives in PostgreSQL: one format to write, to check and
to restore, and the way from one backend to the other.
"""
