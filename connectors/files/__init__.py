"""Files of tickets: `folder` says which there are, `dropped` when each is complete, `progress` how far each
was read; `lines` gives the lines from there on, `row_groups` the rows of a Parquet file.
`saved` reads what somebody saved by hand.
"""
