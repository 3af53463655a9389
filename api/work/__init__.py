"""What is worked on: municipalities, projects, uploads, and the lists of shapes."""
