"""The pages for people: Japanese, server-rendered, usable without JavaScript."""
