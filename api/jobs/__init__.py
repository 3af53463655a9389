"""The background worker: claims an upload, identifies it block by block, and survives being killed."""
