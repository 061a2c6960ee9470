"""`fairpool verify`: a settled round's document held against itself, by somebody who has none of the rows.

    difference    what does not hold: where it stands, what is there, what it should be
    recomputed    numbers that follow from others in the document
    coherence     lists and words that must fit one another: every party everywhere, in one order
    unknown       what the document cannot give, by the places it covers, and why
    verification  all of it, for the document and for statement.csv

Every place in a document is held by one of them: a change of it is found, or the place is told as not recomputed.
"""
