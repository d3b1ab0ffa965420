/** Spellings of paths that would lead out of the studio's folder, or to another machine's, if any became a file's. */
export function spellings(): string[] {
  const dots = [
    "..",
    "%2e%2e",
    "%2E%2e",
    ".%2e",
    "%252e%252e",
    "..%00",
    "%c0%ae%c0%ae",
    "%uff0e%uff0e",
  ];
  const slashes = ["/", "%2f", "%2F", "%252f", "\\", "%5c", "%255c", "%c0%af", "//", "/./"];
  const targets = ["etc/passwd", "package.json", ".nadir/runs.db", "windows/win.ini"];
  const starts = ["/", "/chunks/", "/run/", "/api/runs/", "/api/runs/aaaa/artefacts/"];
  const found = new Set<string>();
  for (const start of starts) {
    for (const dot of dots) {
      for (const slash of slashes) {
        for (const [i, target] of targets.entries()) {
          // Each combination with one target, at one of four depths: all of them in turn.
          if ((found.size + i) % 2 === 1) continue;
          found.add(`${start}${`${dot}${slash}`.repeat(2 + (found.size % 4))}${target}`);
        }
      }
    }
  }
  for (const path of [
    ...["//etc/passwd", "///etc/passwd", "/\\\\server\\share\\x", "//server/share/x"],
    ...["/C:/windows/win.ini", "/c%3a/windows/win.ini", "/file:///etc/passwd", "/%00", "/x%00.js"],
    ...["/index.html%00.js", "/index.html/", "/index.html/x", "/chunks", "/chunks/", "/."],
    ...["/./index.html", "/.built", "/.nadir/runs.db", "/%2e/index.html", "/index.html%20"],
    ...["/~root/x", "/run/..", "/run/../../x", "/run/%2e%2e", "/play/../x", "/;/etc/passwd"],
    ...[
      "/..;/..;/etc/passwd",
      "/...//....//etc/passwd",
      "/%",
      "/%zz",
      "/api",
      "/api/",
      "/api/../index.html",
    ],
  ]) {
    found.add(path);
  }
  return [...found];
}
