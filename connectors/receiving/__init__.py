"""What is brought to us by HTTP: `endpoint` listens, `signatures` says whom to let in, `journal` keeps it,
`entries` become tickets.
"""
