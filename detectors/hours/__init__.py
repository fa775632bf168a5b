"""Hours beside the hours before them, for `hour_over_hour`.

`pairs` are what is compared, `pairing` finds them in a step, and `changes` tell what had come when an hour
became ready. `history` asks what hours like one brought before, and `usual_change` makes of it what a rise is
tested against.
"""
