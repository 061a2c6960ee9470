"""The words of the report, one meaning each."""

GLOSSARY = (
    ("party", "Somebody who brings data and gets a model."),
    (
        "task",
        (
            "What a model is for, given by a file of validation rows: cases with known answers, kept out of"
            " the training data."
        ),
    ),
    ("score", "How good a model is on a task, from 0 (useless) to 1 (perfect). Also called its gain."),
    (
        "group (coalition)",
        (
            "Any set of parties that could have pooled their data. The shares compare what groups score with"
            " and without a party."
        ),
    ),
    ("unit price", "The price of raising a score from 0 to 1. A rise of 0.23 costs 0.23 unit prices."),
    ("fee", "What a party deposits: the unit price times the way from its own score up to 1."),
    (
        "improvement",
        (
            "What a party finally pays: the unit price times the rise from its own score to that of the model"
            " it gets."
        ),
    ),
    ("refund", "Fee minus improvement (and minus what is kept as minimum fee); it goes back to the party."),
    ("pot", "The sum of what all parties pay for their improvements."),
    ("share", "The part of the pot that a party earns because of what its data did for the others."),
    ("reward", "The share of the pot, in money."),
    ("returned", "What a division leaves over goes back to those who paid, in proportion to what they paid."),
    ("net", "Reward plus returned minus improvement. Plus: the party earns; minus: it pays."),
    (
        "minimum fee",
        (
            "What every party leaves with the market at least. Where its improvement falls short of it, the operator"
            " keeps the difference; no party earns it, so entering copies of oneself is costly."
        ),
    ),
    (
        "copies",
        (
            "The same data entered again under other names. The certificate computes what that would have"
            " earned."
        ),
    ),
    (
        "standard error",
        (
            "The typical error of an estimate. The error bars are two of them long to each side: about 95 in"
            " 100 such bars contain the true value."
        ),
    ),
    (
        "leak",
        (
            "A model made for one party that is also better on another party's task than what that party has"
            " alone."
        ),
    ),
)
