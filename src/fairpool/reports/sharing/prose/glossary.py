"""The words of the report of a sharing, one meaning each."""

from __future__ import annotations

_SHARED = (
    ("agent", "Somebody who collects samples and takes part in the sharing."),
    ("sample (row)", "One observation: a row of an agent's file, with a number in every column."),
    ("submission", "What an agent hands in. It may differ from what it collected; that is what is checked."),
    ("release", "What an agent is given in return: rows of the others, or an estimate."),
    (
        "standard error",
        (
            "The typical error of an estimate. An interval of two of them to each side contains the truth"
            " in about 95 of 100 cases."
        ),
    ),
)

GLOSSARY = (
    *_SHARED,
    ("clean", "Rows of the others, or a number made from them, exactly as they were submitted."),
    ("corrupted", "Rows of the others to which noise was added, so that they are worth less."),
    ("σ (sigma)", "The standard deviation of a single sample, agreed on beforehand."),
    (
        "alpha",
        (
            "How strong the corruption is: the noise of an agent's corrupted rows has the standard"
            " deviation alpha times the distance of its submission from its clean rows."
        ),
    ),
    ("weight", "What a corrupted row counts in the recommended mean, where a clean one counts 1."),
    (
        "distance",
        (
            "An agent's mean minus the others' mean, in standard errors of that difference. Honest"
            " submissions lie within ±2 in about 95 of 100 cases."
        ),
    ),
    (
        "penalty",
        (
            "What an agent wants to be small: the expected squared error of its estimate plus the cost of"
            " the samples it collected."
        ),
    ),
    ("working alone", "Collecting what is best with nobody's help, and sharing nothing."),
    ("individually rational", "Nobody is worse off than working alone."),
    (
        "best response",
        (
            "What is best for one agent to do, given what the others do. A plan that is everybody's best"
            " response is an equilibrium: nobody gains by leaving it alone."
        ),
    ),
)

CHECK_GLOSSARY = (
    *_SHARED,
    ("feature", "A column in which submissions are compared."),
    (
        "loss",
        (
            "How far an agent's rows are from the others': between 0 (the same distribution) and 1,"
            " averaged over features."
        ),
    ),
    (
        "expected loss",
        (
            "What the loss of as many honest rows is on average. Honest rows are not at 0: chance keeps"
            " samples apart."
        ),
    ),
    (
        "p-value",
        "How often honest rows would have a loss as large as this one. Small: chance hardly explains it.",
    ),
    ("payment", "What an agent gets out of the budget: its part, less what the loss takes off."),
    ("best response", "What is best for one agent to do, given what the others do."),
)
