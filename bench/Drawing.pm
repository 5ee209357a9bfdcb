# SPDX-License-Identifier: GPL-2.0
# Drawings in SVG that can be read on light and on dark ground: no ground of their own, and
# colours that the reader's preference chooses.
package Drawing;
use strict;
use warnings;

my $style = <<'STYLE';
<style>
text { font: 13px sans-serif; fill: #24292f } .title { font-weight: bold } .small { font-size: 11px }
.ours { fill: #1a7f37; stroke: #1a7f37 } .theirs { fill: #0969da; stroke: #0969da } .counter { fill: #8c959f; stroke: #8c959f }
.line { fill: none; stroke-width: 2 } .axis { stroke: #8c959f; fill: none }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #3fb950; stroke: #3fb950 }
.theirs { fill: #58a6ff; stroke: #58a6ff } }
</style>
STYLE

sub escape { my ($text) = @_; $text =~ s/&/&amp;/g; $text =~ s/</&lt;/g; return $text }

sub document {
	my ($width, $height, $title, @body) = @_;
	return qq(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img">\n) .
		"<!-- SPDX-License-Identifier: GPL-2.0. Made by bench/pages. -->\n<title>" . escape($title) . "</title>\n$style" .
		sprintf(qq(<text class="title" x="10" y="22">%s</text>\n), escape($title)) . join('', @body) . "</svg>\n";
}

# [ LABEL, VALUE, CLASS ]...
sub bars {
	my ($title, @bars) = @_;
	my ($left, $room, $y, $longest) = (250, 380, 44, 0);
	my @body;
	for (@bars) { $longest = $_->[1] if $_->[1] > $longest }
	for (@bars) {
		my ($label, $value, $class) = @$_;
		my $length = $value / $longest * $room;
		push @body, sprintf(qq(<text x="%d" y="%d" text-anchor="end">%s</text>) .
				    qq(<rect class="%s" x="%d" y="%d" width="%.1f" height="14"/>) .
				    qq(<text x="%.1f" y="%d">%.1f</text>\n),
				    $left - 8, $y + 12, escape($label), $class, $left, $y, $length,
				    $left + $length + 6, $y + 12, $value);
		$y += 22;
	}
	return document($left + $room + 60, $y + 10, $title, @body);
}

# One curve over the numbers of processes, on a scale of its own, from 0 to `top`.
sub curve {
	my ($y, $height, $class, $label, $top, $format, @points) = @_;
	my ($left, $step) = (60, 150);
	my @at = map { [ $left + $_ * $step, $y + $height - $points[$_] / $top * $height ] } 0 .. $#points;
	return sprintf(qq(<text class="small" x="%d" y="%d">%s</text>\n), $left, $y - 8, escape($label)) .
		sprintf(qq(<path class="axis" d="M%d %d V%d H%d"/>\n), $left, $y, $y + $height, $left + $#points * $step + 20) .
		sprintf(qq(<polyline class="line %s" style="fill:none" points="%s"/>\n), $class, join(' ', map { sprintf '%.1f,%.1f', @$_ } @at)) .
		join('', map { sprintf(qq(<circle class="%s" cx="%.1f" cy="%.1f" r="3"/><text class="small" x="%.1f" y="%.1f">$format</text>\n),
				       $class, @{$at[$_]}, $at[$_][0] + 6, $at[$_][1] - 5, $points[$_]) } 0 .. $#points);
}

sub scale {
	my @all = @_;
	my @pages = map { $_->{data_pages} + $_->{code_pages} } @all;
	my @body = (curve(60, 70, 'ours', 'physical pages of data and code, in all processes together', 2 * $pages[0], '%d', @pages),
		    curve(180, 70, 'ours', 'private memory of the mapping in each process, kB (page tables apart)', 8, '%d', map { $_->{private_kb} } @all),
		    curve(300, 70, 'theirs', "update of the page, to the kernel's update of its own vDSO", 2.5, '%.2f',
			  map { $_->{writer_ns} / $_->{update_vsyscall_ns} } @all));
	push @body, map { sprintf(qq(<text class="small" x="%d" y="392" text-anchor="middle">%s</text>\n), 60 + $_ * 150, $all[$_]{processes}) } 0 .. $#all;
	push @body, qq(<text class="small" x="60" y="410">processes that have everything mapped at once</text>\n);
	return document(600, 420, 'Mapped by many processes at once', @body);
}

1;
