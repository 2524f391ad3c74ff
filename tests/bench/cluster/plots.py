"""Cost against hosts or tasks as plain SVG: both axes logarithmic, so that a cost that doubles with its cause is parallel to the
dashed line."""
import math
import os

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 80, 170, 40, 50
COLORS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf"]


def short(value):
  if value >= 1e6:
    return "%gM" % (value / 1e6)
  return "%gk" % (value / 1e3) if value >= 1e3 else "%.3g" % value


def draw(title, x_name, unit, lines):
  """lines: {label: [(x, y)]}, all above 0; the text of an SVG file."""
  points = [point for line in lines.values() for point in line]
  xs, ys = [x for x, _ in points], [y for _, y in points]
  x_low, x_high = min(xs), max(xs)
  y_low, y_high = 10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys) * 1.001))

  def place(x, y):
    across = math.log(x / x_low) / math.log(x_high / x_low)
    up = math.log(y / y_low) / math.log(y_high / y_low)
    return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

  def path(line, style):
    return '<polyline points="%s" fill="none" %s/>' % (" ".join("%.1f,%.1f" % place(x, y) for x, y in line), style)

  def text(x, y, words, more=""):
    return '<text x="%.1f" y="%.1f" %s>%s</text>' % (x, y, more, words)

  out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT),
         '<rect width="100%" height="100%" fill="white"/>', text(LEFT, 24, title, 'font-size="15"')]
  y = y_low
  while y <= y_high * 1.001:
    out.append(path([(x_low, y), (x_high, y)], 'stroke="#ddd"'))
    out.append(text(LEFT - 6, place(x_low, y)[1] + 4, short(y), 'text-anchor="end"'))
    y *= 10
  for x in sorted(set(xs)):
    out.append(text(place(x, y_low)[0], HEIGHT - BOTTOM + 18, short(x), 'text-anchor="middle"'))
  out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_name, 'text-anchor="middle"'))
  out.append(text(16, TOP + 90, unit, 'transform="rotate(-90 16 %d)" text-anchor="middle"' % (TOP + 90)))
  first = min((min(line) for line in lines.values()), key=lambda point: point[1])
  reach = min(x_high, first[0] * y_high / first[1])
  out.append(path([first, (reach, first[1] * reach / first[0])], 'stroke="#999" stroke-dasharray="5,4"'))
  for number, (label, line) in enumerate(lines.items()):
    color = COLORS[number % len(COLORS)]
    out.append(path(sorted(line), 'stroke="%s" stroke-width="2"' % color))
    out += ['<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>' % (*place(*point), color) for point in line]
    out.append(text(WIDTH - RIGHT + 12, TOP + 18 * number + 10, label, 'fill="%s"' % color))
  return "\n".join(out + ["</svg>"]) + "\n"


def write_all(folder, figures, results, hosts, tasks):
  """results: {(label, hosts, tasks): {(row, name): median}}. One file for each figure and axis with at least two values; a rate
  is drawn as what each one costs."""
  os.makedirs(folder, exist_ok=True)
  written = []
  labels = list(dict.fromkeys(label for label, _, _ in results))
  names = list(dict.fromkeys(name for found in results.values() for name in found))
  for axis, values, others in (("hosts", hosts, tasks), ("tasks", tasks, hosts)):
    if len(values) < 2:
      continue
    for row, name in names:
      lines = {}
      unit, better, _ = figures[name]
      for label in labels:
        for other in others:
          size = (lambda value: (value, other)) if axis == "hosts" else (lambda value: (other, value))
          found = [(value, results.get((label, *size(value)), {}).get((row, name))) for value in values]
          found = [(x, 1e6 / y if better == "+" else y) for x, y in found if y is not None and y > 0]
          if len(found) > 1:
            lines["%s, %s %s" % (label, short(other), "tasks" if axis == "hosts" else "hosts")] = found
      if not lines:
        continue
      path = os.path.join(folder, "%s_by_%s.svg" % (name, axis))
      with open(path, "w") as out:
        out.write(draw("%s: %s" % (row, name), axis, "us each" if better == "+" else unit or "count", lines))
      written.append(path)
  return written
