"""Reports for leaders: what is said, and how it becomes a file (`html`, `docx`, `pdf`)."""
