"""What `check` finds, in documents made for it: python3 docs/check_test.py"""

import tempfile
import textwrap
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

loader = SourceFileLoader("check", str(Path(__file__).with_name("check")))
check = module_from_spec(spec_from_loader("check", loader))
loader.exec_module(check)

OURS = "https://github.com/better-auth-verifier/better-auth-verifier/blob/main/"


class Documents(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("config.toml", "a = 1\n[b]\nc = { d = 1 }\nmap = {}\n[p.NAME]\ne = 1\n")
        self.write("docs/SUMMARY.md", "- [One](one.md)\n")
        self.write("docs/one.md", "# One page: `so`, and (so)\n\n## Twice\n\n## Twice\n")
        self.write("README.md", "")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        check.anchors.cache_clear()

    def faults(self, name, text):
        self.write(name, text)
        return list(check.faults(self.root))

    def test_whole_documents_have_no_faults(self):
        links = ["one.md", "one.md#one-page-so-and-so", "one.md#twice-1", "#here", "../config.toml", "https://example.com/x", f"{OURS}docs/one.md#twice"]
        text = "# Here\n" + "".join(f"[x]({link})\n" for link in links) + "`[x](nowhere)`\n```md\n[x](nowhere)\n```\n"
        self.write("docs/SUMMARY.md", "- [One](one.md)\n- [Two](two.md)\n")
        self.assertEqual(self.faults("docs/two.md", text), [])

    def test_broken_links_and_anchors_are_found(self):
        for link in ["two.md", "one.md#thrice", "#there", f"{OURS}docs/two.md", f"{OURS}docs/one.md#thrice", "<no way.md>"]:
            with self.subTest(link):
                self.assertEqual(len(self.faults("docs/one.md", f"# One\n[x]({link})\n")), 1)
        self.assertEqual(len(self.faults("docs/one.md", "[x][y]\n\n[y]: two.md\n")), 1)

    def test_a_page_that_the_summary_lacks_is_found(self):
        self.assertEqual(self.faults("docs/two.md", "# Two\n"), ["docs/SUMMARY.md: two.md is not listed"])

    def test_a_readme_that_is_too_long_or_has_relative_links_is_found(self):
        self.assertEqual(len(self.faults("README.md", "\n" * 151)), 1)
        self.assertEqual(len(self.faults("README.md", "[x](docs/one.md)\n")), 1)

    def test_unknown_keys_in_toml_are_found(self):
        known = "a = 2\nb.c.d = 2\n[p.mine]\ne = 2\n"
        block = f"```toml\n{known}```\n"
        self.assertEqual(self.faults("docs/one.md", f"{block}- item\n\n{textwrap.indent(block, '  ')}"), [])
        for unknown in ["z = 1", "b.z = 1", "b.c = { z = 1 }", "[p.mine]\nz = 1", "a ="]:
            with self.subTest(unknown):
                self.assertEqual(len(self.faults("docs/one.md", f"```toml\n{unknown}\n```\n")), 1)


if __name__ == "__main__":
    unittest.main()
